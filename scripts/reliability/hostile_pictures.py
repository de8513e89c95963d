"""Classify image files that are built to cost much or to confuse, and print what each costs.

Each is decoded, and the faces in it are found and classified, as when somebody sends it. The time
is CPU time, the memory what is needed above that of an idle process. The exit status is 1 if a file
is not what it should be, or costs more than allowed.
"""

import argparse
import sys

from scripts.reliability.images.decoding_process import MAX_MEGABYTES, MAX_SECONDS, DecodingProcess
from scripts.reliability.images.hostile_file import HostileFile
from scripts.reliability.images.hostile_metadata import files_with_hostile_metadata, polyglots
from scripts.reliability.images.hostile_pixels import files_of_costly_pixels


def hostile_files() -> list[HostileFile]:
    """Return all of them."""
    return [*files_of_costly_pixels(), *files_with_hostile_metadata(), *polyglots()]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a file does harm.
    """
    argparse.ArgumentParser(
        prog="python -m scripts.reliability.hostile_pictures", description=__doc__
    ).parse_args(arguments)
    harmful = 0
    print("| file | bytes | outcome | time | memory |\n| --- | ---: | --- | ---: | ---: |")
    for file in hostile_files():
        data = file.make()
        with DecodingProcess(
            classify=True
        ) as process:  # of its own, so that memory kept does not count twice
            result = process.decode(data)
        fine = result.harmless and result.outcome == file.outcome
        harmful += not fine
        print(f"| {file.name} | {len(data):,} | {result.outcome}{'' if fine else ' **!**'} | "
              f"{result.seconds:.2f} s | {result.megabytes:.0f} MB |", flush=True)  # fmt: skip
    print(f"{harmful} of {len(hostile_files())} files do harm; allowed are {MAX_SECONDS:.0f} s and "
          f"{MAX_MEGABYTES} MB.")  # fmt: skip
    return 1 if harmful else 0


if __name__ == "__main__":
    sys.exit(main())
