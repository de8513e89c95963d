"""Model folders for the registry: tiny ones, or with the shipped weights."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from model.network.manifest import KERAS_FILE, LITERT_FILE, SHIPPED, Manifest, read_manifest, sha256
from model.network.preprocessing import Preprocessing
from model.registry.registry import Registry

SHIPPED_NAME = read_manifest(SHIPPED).version
# Newer versions, oldest first.
SECOND, THIRD = "2026-12-01-second", "2026-12-02-third-" + "x" * 80


def model_folder(
    place: Path, version: str, created: str = "2026-01-31", size: int = 9, **changed: Any
) -> Path:
    """Create a model folder with invented files, for tests that do not load the model.

    Args:
        place: the folder to create it in.
        version: the name of the version.
        created: the day of its training.
        size: bytes in each of its two files.
        **changed: other fields of the manifest.
    """
    folder = place / version
    folder.mkdir(parents=True)
    hashes = {}
    for name in (KERAS_FILE, LITERT_FILE):
        content = f"{version} {name} ".encode() * (size // 9)
        (folder / name).write_bytes(content)
        hashes[name] = sha256(content)
    manifest = Manifest(version, created, Preprocessing(), 1.0, 0.9, hashes=hashes, **changed)
    manifest.write(folder)
    return folder


def copy_of_shipped(place: Path, version: str, **changed: Any) -> Path:
    """Create a model folder with the shipped weights.

    Args:
        place: the folder to create it in.
        version: the name of the version.
        **changed: fields of the manifest that differ from the shipped ones.
    """
    folder = place / version
    folder.mkdir(parents=True)
    for name in read_manifest(SHIPPED).hashes:
        (folder / name).write_bytes((SHIPPED / name).read_bytes())
    replace(read_manifest(SHIPPED), version=version, **changed).write(folder)
    return folder


def names(registry: Registry) -> list[str]:
    """Return the names of the versions, newest first."""
    return [version.name for version in registry.versions()]


def damage(folder: Path, name: str) -> None:
    """Damage a version in the registry that has this folder."""
    (folder / "versions" / name / LITERT_FILE).write_bytes(b"something else")
