import pytest

from bot.errors import StorageBusyError, StorageError
from bot.storage.retry import retry_while_locked


async def test_a_write_is_retried_while_the_database_is_locked() -> None:
    answers = iter([StorageBusyError("locked"), StorageBusyError("busy"), None])

    async def write() -> str:
        if error := next(answers):
            raise error
        return "written"

    assert await retry_while_locked(write) == "written"


async def test_another_error_is_raised_at_once() -> None:
    async def write() -> None:
        raise StorageError("database or disk is full")

    with pytest.raises(StorageError, match="full"):
        await retry_while_locked(write)
