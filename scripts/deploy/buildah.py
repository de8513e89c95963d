"""Builds container images with buildah: without a daemon and without an image registry."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]
DOCKERFILE: Final = REPOSITORY / "Dockerfile"
# Installed by `apt install buildah debootstrap`.
PROGRAMS: Final = ("buildah", "debootstrap")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_NEEDED_PACKAGES = "python3,python3-venv,ca-certificates"
_PYTHON_IMAGE = re.compile(r"python:(?P<python>3\.\d+)-slim-(?P<suite>[a-z]+)")


class BuildError(Exception):
    """An image was not built; the message says why."""


class Buildah:
    """The images in a folder of its own.

    Args:
        folder: for storage; it may hold images of an earlier run.
    """

    def __init__(self, folder: Path) -> None:
        storage = [f"--root={folder / 'images'}", f"--runroot={folder / 'run'}"]
        # Of the storage drivers, this one works everywhere, also inside a container.
        self._command = ["buildah", *storage, "--storage-driver=vfs"]

    def call(self, *arguments: str) -> str:
        """Run a subcommand; return what it prints.

        Raises:
            BuildError: it fails.
        """
        return _run(*self._command, *arguments)

    def has(self, image: str) -> bool:
        """Return whether there is an image of that name."""
        return bool(self.call("images", "--quiet", f"--filter=reference={image}").strip())

    def size(self, image: str) -> str:
        """Return the size of all layers of an image, for people to read."""
        return self.call("images", "--format={{.Size}}", image).strip()

    def make_base(self, python_image: str) -> str:
        """Make an image that can stand for Docker's of the same Python and Debian.

        It is Debian's own Python on Debian's minimal system, so that no image registry is needed.

        Args:
            python_image: like "python:3.13-slim-trixie".

        Returns:
            The name of the image.

        Raises:
            BuildError: Debian's release has another version of Python, or cannot be installed.
        """
        found = _PYTHON_IMAGE.fullmatch(python_image)
        if found is None:
            raise BuildError(f"expected an image like python:3.13-slim-trixie, got {python_image}")
        name = f"localhost/debian-python:{found['python']}-{found['suite']}"
        if self.has(name):
            return name
        container = self.call("from", "scratch").strip()
        root = Path(self.call("mount", container).strip())
        # In a mount namespace, because debootstrap leaves /proc mounted if it is interrupted.
        _run("unshare", "--mount", "debootstrap", "--variant=minbase",
             f"--include={_NEEDED_PACKAGES}", found["suite"], str(root))  # fmt: skip
        for folder in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(root / folder)
        version = _run("chroot", str(root), "python3", "--version").split()[1]
        if not version.startswith(found["python"] + "."):
            raise BuildError(f"Debian {found['suite']} has Python {version}, not {found['python']}")
        self.call("commit", "--quiet", "--rm", container, name)
        return name

    def build(self, target: str, base: str) -> str:
        """Build a target of the Dockerfile; return the name of the image.

        Args:
            target: "serve", "full" or "ray".
            base: the image to build it on.

        Raises:
            BuildError: an instruction fails.
        """
        name = f"localhost/photo-mood-bot:{target}"
        options = [f"--target={target}", f"--tag={name}", f"--build-arg=PYTHON_IMAGE={base}"]
        if _CERTIFICATES.is_file():
            # The network may have its own certificate authority. What is mounted is not kept.
            options.append(f"--volume={_CERTIFICATES}:{_CERTIFICATES}:ro")
        # OCI's format has no health checks.
        self.call("build", "--isolation=chroot", "--format=docker", "--pull-never", *options,
                  str(REPOSITORY))  # fmt: skip
        return name


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise BuildError(f"{' '.join(command)} ended with status {done.returncode}:\n{tail}")
    return done.stdout


def python_image_of_dockerfile() -> str:
    """Return the image that the Dockerfile builds on unless told otherwise."""
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    if found is None:
        raise BuildError("the Dockerfile has no line ARG PYTHON_IMAGE=")
    return found[1]
