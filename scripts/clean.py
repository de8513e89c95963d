"""Find pictures that do not belong into a folder of training pictures.

DIR holds label folders such as happy/ and sad/, at any depth. Found are files that cannot be read
or are misnamed, tiny pictures, photos without a face, and pictures that are there twice, exactly
or nearly (under different labels: both). With --apply they are moved into DIR/_removed/<reason>/,
misnamed ones are renamed where they are. Nothing is ever deleted or overwritten.
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


def main(arguments: list[str] | None = None) -> int:
    """Clean as the command line says.

    Args:
        arguments: of the command line; by default the process's own.

    Returns:
        The exit status: 0, or 1 if there are no pictures or a file could not be moved.
    """
    parser = argparse.ArgumentParser(prog="python -m scripts.clean", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="holds folders of pictures")
    parser.add_argument("--apply", action="store_true", help="move what was found")
    options = parser.parse_args(arguments)
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
    # disable=None: no bar where nobody watches.
    issues = find_issues(folder, tqdm(files, unit=" pictures", disable=None), detector)
    _print(issues, len(files))
    if not options.apply:
        if issues:
            print(f"\nNothing was changed. --apply moves these files to {folder / REMOVED_FOLDER}.")
        return 0
    return _apply(folder, issues)


def _print(issues: list[Issue], count: int) -> None:
    for reason, group in groupby(issues, key=lambda issue: issue.type):
        listed = list(group)
        print(f"{reason}: {len(listed)}")
        for issue in listed:
            print(f"  {issue.file}: {issue.detail}")
    print(
        f"{len(issues)} of {count} pictures do not belong. Those of at most {MAX_CROP_SIDE} pixels "
        "were taken for face crops, and no face looked for in them."
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
