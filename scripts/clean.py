"""Find pictures that do not belong in a folder of training pictures.

DIR holds label folders such as happy/ and sad/, at any depth. The command lists unreadable and
misnamed files, tiny pictures, photos without a face, and exact or near duplicates (if their labels
differ, all of them). --apply moves these files to DIR/_removed/<issue>/, and renames misnamed ones
where they are. Nothing is ever deleted or overwritten.
"""

import argparse
import sys
from itertools import groupby
from pathlib import Path

from tqdm import tqdm

from model.data.cleaning import (
    MAX_CROP_SIDE,
    REMOVED_FOLDER,
    Issue,
    apply_fix,
    find_issues,
    list_images,
)
from model.errors import MoodError
from model.faces.detector import FaceDetector
from scripts.standard_streams import escape_unprintable


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if there are no pictures or a file could not be moved.
    """
    escape_unprintable()
    options = _parser().parse_args(arguments)
    folder: Path = options.folder
    files = list_images(folder) if folder.is_dir() else []
    if not files:
        print(f"clean: Expected a folder with pictures at {folder}; found none.", file=sys.stderr)
        return 1
    try:
        detector = FaceDetector()
    except MoodError as error:
        print(f"clean: {error}", file=sys.stderr)
        return 1
    # disable=None: no progress bar if the output is not a terminal.
    issues = find_issues(folder, tqdm(files, unit=" pictures", disable=None), detector)
    _print(issues, len(files))
    if not options.apply:
        if issues:
            print(f"\nNothing was changed. --apply moves these files to {folder / REMOVED_FOLDER}.")
        return 0
    return _apply(folder, issues)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="photo-mood clean", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="holds folders of pictures")
    parser.add_argument("--apply", action="store_true", help="move or rename the files")
    return parser


def _print(issues: list[Issue], count: int) -> None:
    for issue_type, group in groupby(issues, key=lambda issue: issue.type):
        listed = list(group)
        print(f"{issue_type}: {len(listed)}")
        for issue in listed:
            print(f"  {issue.file}: {issue.detail}")
    print(
        f"{len(issues)} of {count} pictures do not belong here. Pictures of at most "
        f"{MAX_CROP_SIDE} pixels count as face crops and were not searched for faces."
    )


def _apply(folder: Path, issues: list[Issue]) -> int:
    failed = 0
    for issue in issues:
        try:
            print(f"{issue.file} → {apply_fix(folder, issue)}")
        except OSError as error:
            print(f"clean: {issue.file}: {error.strerror}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
