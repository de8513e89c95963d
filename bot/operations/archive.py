"""Archives of files with their hashes: whole, or refused.

An archive is a tar file. Its last member, `manifest.json`, names every other one with its size and
its SHA-256. So an archive that was cut, or whose making was interrupted, has no manifest.
"""

import hashlib
import json
import os
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

from bot.errors import BackupError

MANIFEST = "manifest.json"
FORMAT = 1
_CHUNK = 1024 * 1024


def write_archive(target: Path, files: Mapping[str, Path], about: Mapping[str, object]) -> None:
    """Write an archive that its owner alone may read.

    Args:
        target: the archive; there is no such file yet.
        files: what to pack, by the names that the archive gives to it.
        about: further entries of the manifest, as JSON.

    Raises:
        OSError: a file cannot be read, or the archive cannot be written.
    """
    with _create(target) as output:
        with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
            entries = {name: _add(archive, name, path) for name, path in files.items()}
            manifest = {"format": FORMAT, **about, "files": entries}
            content = json.dumps(manifest, indent=2).encode()
            archive.addfile(_info(MANIFEST, len(content)), BytesIO(content))
        output.flush()
        os.fsync(output.fileno())


def extract_archive(archive: Path, folder: Path) -> dict[str, Any]:
    """Unpack an archive and check every file against its hash.

    Args:
        archive: made by `write_archive`.
        folder: an empty folder. After an error, something may be in it.

    Returns:
        The manifest.

    Raises:
        BackupError: it is not a whole archive of ours.
        OSError: it cannot be read, or the disk is full.
    """
    found: dict[str, dict[str, object]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(archive, "r:") as opened:
            for member in opened:
                content = opened.extractfile(member) if member.isfile() else None
                if content is None or not _is_safe(member.name):
                    raise BackupError(f"{archive} is no backup of this program: {member.name!r}")
                if member.name == MANIFEST:
                    manifest = json.load(content)
                else:
                    found[member.name] = _extract(content, folder / member.name)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise BackupError(f"{archive} is damaged or no backup: {error}") from error
    if manifest is None:
        raise BackupError(f"{archive} is not complete: it was cut, or making it was interrupted")
    _check(archive, manifest, found)
    return manifest


def _check(archive: Path, manifest: object, found: Mapping[str, Mapping[str, object]]) -> None:
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BackupError(f"{archive} was made by a newer version of this program, or another one")
    entries = manifest.get("files")
    if entries != found:
        names = {*found, *(entries if isinstance(entries, dict) else ())}
        wrong = [name for name in names if (entries or {}).get(name) != found.get(name)]
        raise BackupError(f"{archive} is damaged: {', '.join(sorted(wrong))}")


def _add(archive: tarfile.TarFile, name: str, path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        hashed = _HashedReader(file)
        archive.addfile(_info(name, size), hashed)
    return {"bytes": size, "sha256": hashed.digest.hexdigest()}


def _extract(content: IO[bytes], target: Path) -> dict[str, object]:
    target.parent.mkdir(parents=True, exist_ok=True)
    size, digest = 0, hashlib.sha256()
    with _create(target) as file:
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return {"bytes": size, "sha256": digest.hexdigest()}


class _HashedReader:
    """Hashes what is read from a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _create(path: Path) -> IO[bytes]:
    """Create a file that its owner alone may read, whatever the umask is."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
