"""A version of the model on disk, and the check of its files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from model.errors import ModelDamagedError, ModelError
from model.network.manifest import Manifest, read_manifest, read_verified

# Names come from buttons and command lines, and become names of folders.
VERSION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the model, checked.

    Attributes:
        name: unique among all versions.
        folder: its model folder.
        manifest: None if it cannot be read.
        damaged: a sentence that says why it must not be used; None if it is intact.
    """

    name: str
    folder: Path
    manifest: Manifest | None
    damaged: str | None


def check_version(folder: Path, *, shipped: bool = False) -> Version:
    """Read a version's manifest and check all of its files against it.

    Args:
        folder: the version's model folder.
        shipped: the folder does not have to have the version's name.

    Returns:
        The version, intact or damaged.
    """
    manifest = None
    try:
        manifest = read_manifest(folder)
        check_files(folder, manifest)
        if not shipped and manifest.version != folder.name:
            raise ModelDamagedError(f"{folder} holds version {manifest.version}.")
    except (ModelError, OSError) as error:
        name = manifest.version if shipped and manifest else folder.name
        return Version(name, folder, manifest, f"Version {name} is damaged: {error}")
    return Version(manifest.version, folder, manifest, None)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Check that all files of a model folder exist and match their hashes.

    Raises:
        ModelNotFoundError: a file is missing.
        ModelDamagedError: a file does not match its hash.
        OSError: a file cannot be read.
    """
    for name in sorted({*manifest.hashes, *manifest.files}):
        read_verified(folder, name, manifest)


def created_at(version: Version) -> tuple[str, int]:
    """Return the sort key for age: the day of the training, then the time it was added."""
    created = version.manifest.created if version.manifest else ""
    try:
        return created, version.folder.stat().st_mtime_ns
    except OSError:
        return created, 0


def first_intact(fallback_order: Iterable[Version]) -> Version:
    """Return the first version that is not damaged.

    Args:
        fallback_order: the versions in the order in which they are used; at least one.

    Raises:
        ModelDamagedError: all of them are damaged.
    """
    reason = None
    for version in fallback_order:
        if version.damaged is None:
            return version
        reason = version.damaged
    raise ModelDamagedError(f"No version of the model can be used. {reason}")
