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

from model.data.cleaning import CROP_SIDE, REMOVED, Finding, inspect, pictures_below, put_aside
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
    files = pictures_below(folder) if folder.is_dir() else []
    if not files:
        print(f"clean: Expected a folder with pictures at {folder}; found none.", file=sys.stderr)
        return 1
    try:
        detector = FaceDetector()
    except MoodError as error:
        print(f"clean: {error}", file=sys.stderr)
        return 1
    # disable=None: no bar where nobody watches.
    findings = inspect(folder, tqdm(files, unit=" pictures", disable=None), detector)
    _print(findings, len(files))
    if not options.apply:
        if findings:
            print(f"\nNothing was changed. --apply moves these files to {folder / REMOVED}.")
        return 0
    return _apply(folder, findings)


def _print(findings: list[Finding], count: int) -> None:
    for reason, group in groupby(findings, key=lambda finding: finding.reason):
        listed = list(group)
        print(f"{reason}: {len(listed)}")
        for finding in listed:
            print(f"  {finding.file}: {finding.detail}")
    print(
        f"{len(findings)} of {count} pictures do not belong. Those of at most {CROP_SIDE} pixels "
        "were taken for face crops, and no face looked for in them."
    )


def _apply(folder: Path, findings: list[Finding]) -> int:
    failed = 0
    for finding in findings:
        try:
            print(f"{finding.file} → {put_aside(folder, finding)}")
        except OSError as error:
            print(f"clean: {finding.file}: {error.strerror}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
