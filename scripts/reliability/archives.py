"""A folder of backups, and what a killed `photo-mood backup` may do to it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.operations.archive import extract_archive
from bot.operations.backup import DATABASE
from scripts.reliability.killed_commands import require

KEEP = 3


class Archives:
    """The archives in a folder, of which `photo-mood backup --keep` keeps the newest.

    Args:
        folder: for the archives; it is created.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._hashes: dict[str, str] = {}
        self._seen_leftovers: set[Path] = set()

    @property
    def names(self) -> list[str]:
        """The archives' names, oldest first."""
        return sorted(path.name for path in self.folder.glob("photo-mood-*.tar"))

    def look(self) -> str:
        """Describe how far the last backup has come.

        Raises:
            BackupError: an archive is not whole.
            AssertionError: one has changed, or is gone though it was among the newest.
        """
        had, has = sorted(self._hashes), self.names
        new = sorted(set(has) - set(had))
        for name in new:
            with extracted(self.folder / name):
                self._hashes[name] = _hash(self.folder / name)
        changed = [name for name in has if _hash(self.folder / name) != self._hashes[name]]
        require(not changed, f"changed: {changed}")
        lost = set(sorted([*had, *new])[-KEEP:]) - set(has)
        require(not lost, f"lost: {sorted(lost)}")
        self._hashes = {name: self._hashes[name] for name in has}
        return f"{self._stage(bool(new))}: {'a whole archive more' if new else 'no archive more'}"

    def _stage(self, complete: bool) -> str:
        leftovers = set(self.folder.glob(".photo-mood-backup-*"))
        own = leftovers - self._seen_leftovers
        self._seen_leftovers = leftovers
        if not own or complete:
            return "after the archive had got its name"
        names = {path.name for path in own.pop().iterdir()}
        if any(name.endswith(".tar") for name in names):
            return "while the archive was written"
        return "while the database was copied" if names else "before the database was copied"


@contextmanager
def extracted(archive: Path) -> Iterator[Path]:
    """Unpack an archive, check its hashes, and yield the folder, which is removed afterwards.

    Raises:
        BackupError: it is not whole.
        AssertionError: it holds no database.
    """
    with TemporaryDirectory(prefix="extracted-") as name:
        extract_archive(archive, Path(name))
        require((Path(name) / DATABASE).is_file(), f"{archive} holds no database")
        yield Path(name)


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
