"""A version of the model: its folder, examined."""

import re
from dataclasses import dataclass
from pathlib import Path

from model.errors import ModelDamagedError, ModelError
from model.network.manifest import KERAS_FILE, LITERT_FILE, Manifest, read_manifest, read_verified

# Names come from buttons and command lines, and become names of folders.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the model.

    Args:
        name: unique among all versions.
        folder: that holds it.
        manifest: what it is; None if that cannot be read.
        damaged: why it must not be used, as a sentence; None if it is whole.
    """

    name: str
    folder: Path
    manifest: Manifest | None
    damaged: str | None


def age(version: Version) -> tuple[str, int]:
    """What versions are sorted by: the day of their training, then the moment they were added."""
    created = version.manifest.created if version.manifest else ""
    try:
        return created, version.folder.stat().st_mtime_ns
    except OSError:
        return created, 0


def examine(folder: Path, *, shipped: bool = False) -> Version:
    """Look at a version's folder and check all of its files.

    Args:
        folder: of the version.
        shipped: it is not called after its version.

    Returns:
        The version, whole or damaged.
    """
    manifest = None
    try:
        manifest = read_manifest(folder)
        check(folder, manifest)
        if not shipped and manifest.version != folder.name:
            raise ModelDamagedError(f"{folder} holds version {manifest.version}.")
    except (ModelError, OSError) as error:
        name = manifest.version if shipped and manifest else folder.name
        return Version(name, folder, manifest, f"Version {name} is damaged: {error}")
    return Version(manifest.version, folder, manifest, None)


def check(folder: Path, manifest: Manifest) -> None:
    """Check that all files of a model folder are there and what its manifest says.

    Args:
        folder: of the model.
        manifest: of it.

    Raises:
        ModelNotFoundError, ModelDamagedError: they are not.
        OSError: they cannot be read.
    """
    for name in sorted({*manifest.hashes, KERAS_FILE, LITERT_FILE}):
        read_verified(folder, name, manifest)
