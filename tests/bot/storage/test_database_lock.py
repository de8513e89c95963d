from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.database_lock import lock_database


async def test_a_second_bot_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "bot.sqlite3"
    async with lock_database(file):
        with pytest.raises(StorageError, match=f"another bot uses {file}.*BOT_DATA_DIR"):
            async with lock_database(file, wait_s=0):
                pass
    async with lock_database(file, wait_s=0):
        pass


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"bot\.sqlite3\.lock"):
        async with lock_database(tmp_path / "file" / "bot.sqlite3"):
            pass


async def test_a_database_in_memory_has_no_lock() -> None:
    async with lock_database(None), lock_database(None):
        pass
