import pytest

from bot.errors import StorageError
from bot.storage.retry import patiently


async def test_it_tries_again_while_the_database_is_locked() -> None:
    answers = iter(
        [StorageError("database is locked"), StorageError("other changes take too long"), None]
    )

    async def write() -> str:
        if error := next(answers):
            raise error
        return "written"

    assert await patiently(write) == "written"


async def test_what_waiting_does_not_mend_is_told_at_once() -> None:
    async def write() -> None:
        raise StorageError("database or disk is full")

    with pytest.raises(StorageError, match="full"):
        await patiently(write)
