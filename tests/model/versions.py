"""Model folders as small as the registry takes them."""

from pathlib import Path

from model.manifest import KERAS_FILE, LITERT_FILE, Manifest, sha256
from model.preprocess import Preprocessing


def model_folder(place: Path, version: str, created: str = "2026-01-31", size: int = 9) -> Path:
    """Make a model folder whose weights are no weights, for whoever does not load them.

    Args:
        place: where to make it.
        version: its name.
        created: the day.
        size: bytes in each of its two files.
    """
    folder = place / version
    folder.mkdir(parents=True)
    hashes = {}
    for name in (KERAS_FILE, LITERT_FILE):
        content = f"{version} {name} ".encode() * (size // 9)
        (folder / name).write_bytes(content)
        hashes[name] = sha256(content)
    manifest = Manifest(version, created, Preprocessing(), 1.0, 0.9, hashes=hashes)
    manifest.write(folder)
    return folder
