"""Folders into which `photo-mood restore` puts one archive."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp

from bot.operations.backup import DATABASE, MODELS
from model.registry.registry import Registry
from scripts.reliability.archives import extracted
from scripts.reliability.killed_commands import Command, require
from scripts.reliability.row_counts import count_rows


class Restored:
    """Restores an archive, each time into a new folder.

    Args:
        archive: made by `photo-mood backup`.
        place: for the folders.

    Attributes:
        folder: the latest one.
    """

    def __init__(self, archive: Path, place: Path) -> None:
        self._archive, self._place = archive, place
        self.folder = place
        with extracted(archive) as folder:
            self._expected = _content(folder)

    def command(self) -> Command:
        """Return the command that restores into a new folder."""
        self.folder = Path(mkdtemp(prefix="restored-", dir=self._place))
        return self._into_the_folder()

    def look(self) -> str:
        """Describe how far the last restore has come, and restore again into the same folder.

        Raises:
            AssertionError: there is something half restored, or it cannot be restored again.
        """
        if (self.folder / DATABASE).exists():
            self.require_whole(self.folder)
            status, said = self._into_the_folder().run()
            require(status == 1 and "exists already" in said, f"a second restore: {said}")
            return "after all was in place: whole; a second restore is refused"
        moved = (self.folder / MODELS / "versions").exists()
        status, said = self._into_the_folder().run()
        require(status == 0, f"the restore cannot be repeated: {said}")
        self.require_whole(self.folder)
        when = "the versions were in place, not the database" if moved else "nothing was in place"
        return f"while {when}: repeated, then whole"

    def require_whole(self, folder: Path) -> None:
        """Check that everything of the archive is in a data folder.

        Raises:
            AssertionError: it is not.
        """
        require(_content(folder) == self._expected, f"{folder} is not what was in the backup")
        damaged = Registry(folder / MODELS).verify()
        require(not damaged, f"damaged: {damaged}")

    def _into_the_folder(self) -> Command:
        return Command(self.folder, "restore", str(self._archive), "--data-dir", str(self.folder))


def _content(folder: Path) -> object:
    """Return what identifies the content: row counts, and the names of the versions' files."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        (state,) = database.execute("PRAGMA integrity_check").fetchone()
        counts = count_rows(database)
    models = folder / MODELS
    files = sorted(path.relative_to(models).as_posix() for path in models.rglob("*/*.*"))
    return state, counts, files, (models / "current.json").read_text(encoding="utf-8")
