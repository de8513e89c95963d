"""How several people labelled each picture: `votes.csv`, beside the folders of the labels.

Its heading names the columns. `file` is the path of a picture, relative to the folder that holds
votes.csv. The other columns hold the number of people who saw an expression: neutral, happiness,
surprise, sadness, anger, disgust, fear, contempt, as in FER+ (Barsoum et al. 2016,
arXiv:1608.01041); or happy, sad, angry. Columns of other names are ignored, such as FER+'s
`unknown`, `not_a_face`. Each picture may have another number of votes.
"""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from model.errors import DatasetError

VOTES_FILE = "votes.csv"
EXPRESSIONS = ("sad", "happy", "angry", "contempt", "disgust", "fear", "neutral", "surprise")
_NOUNS = {"sadness": "sad", "happiness": "happy", "anger": "angry"}
_FILE_COLUMN = "file"

Votes = tuple[float, ...]  # how many people saw each of `EXPRESSIONS`


def votes_near(folder: Path) -> dict[Path, Votes]:
    """Read the votes on the pictures of a folder.

    Args:
        folder: the folder that holds votes.csv, or one in it, such as validation/.

    Returns:
        The votes by absolute path of the picture; empty if there is no such file.

    Raises:
        DatasetError: the file is not as expected.
    """
    for root in (folder.absolute(), folder.absolute().parent):
        if (root / VOTES_FILE).is_file():
            return read_votes(root / VOTES_FILE)
    return {}


def read_votes(file: Path) -> dict[Path, Votes]:
    """Read a file of votes; see above.

    Raises:
        DatasetError: the file is not as expected.
    """
    # Names of files that are not UTF-8 are kept as Python keeps them.
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        rows = csv.DictReader(stream)
        columns = _columns(rows.fieldnames or [], file)
        votes = {}
        for row in rows:
            where = f"{file}, line {rows.line_num}"
            if not row[_FILE_COLUMN]:
                raise DatasetError(f"{where}: expected the name of a picture.")
            votes[file.parent / row[_FILE_COLUMN]] = _numbers(row, columns, where)
        return votes


def _columns(names: Sequence[str], file: Path) -> list[str | None]:
    """Return the name of the column of each expression; None where there is none."""
    found = {_NOUNS.get(name.lower(), name.lower()): name for name in names}
    columns = [found.get(expression) for expression in EXPRESSIONS]
    if _FILE_COLUMN not in names or None in columns[:2]:
        raise DatasetError(
            f"Expected {file} to begin with a line that names the columns, among them file, happy "
            f"(or happiness) and sad (or sadness); it names {', '.join(names) or 'none'}."
        )
    return columns


def _numbers(row: dict[str, str], columns: list[str | None], where: str) -> Votes:
    try:
        votes = tuple(0.0 if name is None else float(row[name]) for name in columns)
    except (TypeError, ValueError):
        votes = (math.nan,)
    if not all(0 <= count < math.inf for count in votes):  # NaN compares as false
        raise DatasetError(f"{where}: expected a number of votes of 0 or more in each column.")
    return votes
