"""Folders of pictures whose names are the labels of the pictures."""

import os
from dataclasses import dataclass
from pathlib import Path

from model.data.votes import Votes, votes_near
from model.errors import DatasetError
from model.network.verdict import Verdict

MOODS = (Verdict.HAPPY.value, Verdict.SAD.value)


@dataclass(frozen=True, slots=True)
class LabeledImage:
    """A file and the label that its folder gives it.

    Attributes:
        file: the picture.
        label: name of its folder, in lower case.
        votes: how many people saw each of `EXPRESSIONS` in it; None if that is not known.
    """

    file: Path
    label: str
    votes: Votes | None = None


def list_labeled_images(folder: Path) -> list[LabeledImage]:
    """List the files of a folder that holds one folder for each label.

    Args:
        folder: holds happy/ and sad/; other folders in it, such as neutral/, are labels as well;
            see `label_folders`.

    Returns:
        All files but hidden ones: happy, then sad, then the other labels by name; sorted by path
        within a label. With their votes, if there is a votes.csv; see `votes_near`.

    Raises:
        DatasetError: happy/ or sad/ is missing or empty, or votes.csv is not as expected.
    """
    folders = label_folders(folder)
    for mood in MOODS:
        if mood not in folders:
            raise DatasetError(
                f"Expected a folder {folder / mood} with {mood} pictures; there is none. "
                f"{folder} must hold happy/ and sad/."
            )
    names = [*MOODS, *(name for name in folders if name not in MOODS)]
    votes = votes_near(folder)
    found = [
        LabeledImage(file, name, votes.get(file.absolute()))
        for name in names
        for root in folders[name]
        for file in list_files(root)
    ]
    for mood in MOODS:
        if not any(image.label == mood for image in found):
            raise DatasetError(f"Expected pictures in {folder / mood}; it is empty.")
    return found


def label_folders(folder: Path) -> dict[str, list[Path]]:
    """Find the folders that hold the pictures of a label.

    Args:
        folder: where to look. A folder in it whose name starts with "_" or "." is no label.

    Returns:
        By label, sorted: the folders of that name, in capitals or not (happy/ and Happy/).
    """
    found: dict[str, list[Path]] = {}
    if folder.is_dir():
        for one in sorted(folder.iterdir()):
            if one.is_dir() and not one.name.startswith(("_", ".")):
                found.setdefault(one.name.lower(), []).append(one)
    return dict(sorted(found.items()))


def list_files(folder: Path) -> list[Path]:
    """List all files of a folder tree but hidden ones, sorted by path.

    Links to files and folders count; a folder that is linked more than once is listed once.
    """
    found: list[Path] = []
    seen = set()  # a link to a folder around it would never end
    for root, folders, names in os.walk(folder, followlinks=True):
        status = Path(root).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(root, name) for name in names if not name.startswith(".")]
    return sorted(file for file in found if file.is_file())
