"""Build the container images without Docker, print their sizes, and let `serve` answer photos.

They are built with buildah, on Debian's Python instead of the image that the Dockerfile names, so
no image registry is needed. Then the sandbox plays Telegram, and `serve` runs in its own root file
system, read-only except for /data and /tmp, as its own user. Root is needed, and on Debian:
apt install buildah debootstrap. Exit status: 0, or 1 if an image was not built or does not do what
it should.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.deploy.buildah import PROGRAMS, Buildah, BuildError, python_image_of_dockerfile
from scripts.deploy.container import Container
from scripts.deploy.trial import TrialError, try_to_serve

TARGETS = ("serve", "full", "ray")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing or os.geteuid() != 0:
        parser.error("run it as root, with buildah and debootstrap installed")
    python_image: str = options.python_image or python_image_of_dockerfile()
    try:
        with _folder(options.folder) as folder:
            _build_and_try(python_image, options.target or TARGETS, folder)
    except (BuildError, TrialError) as error:
        print(f"images: {error}", file=sys.stderr)
        return 1
    return 0


def _build_and_try(python_image: str, targets: Sequence[str], folder: Path) -> None:
    buildah = Buildah(folder)
    started = time.monotonic()
    base = buildah.make_base(python_image)
    _report("base", buildah.size(base), started)
    images = {}
    for target in targets:
        started = time.monotonic()
        images[target] = buildah.build(target, base)
        _report(target, buildah.size(images[target]), started)
    if "serve" in images:
        with TemporaryDirectory() as name:
            trial = Path(name)
            with Container.of(buildah, images["serve"], trial / "data") as container:
                for line in try_to_serve(container, trial):
                    print(f"serve: {line}", flush=True)


def _report(what: str, size: str, started: float) -> None:
    print(f"{what}: {size}, made in {time.monotonic() - started:.0f} s", flush=True)


@contextmanager
def _folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen
        return
    # Not in /tmp, which may be in memory: images take several gigabytes.
    with TemporaryDirectory(dir="/var/tmp", prefix="photo-mood-images-") as name:
        yield Path(name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.deploy.images", description=__doc__)
    parser.add_argument(
        "--target", action="append", choices=TARGETS, help="build only this one (default: all)"
    )
    parser.add_argument(
        "--python-image",
        metavar="IMAGE",
        help="like python:3.11-slim-bookworm, which names a Python and a release of Debian that "
        "has it (default: that of the Dockerfile)",
    )
    parser.add_argument(
        "--folder", type=Path, help="keep the base and the images there (default: remove them)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
