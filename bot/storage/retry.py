"""Writing for those who have time: until nobody else uses the database."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import StorageError

_PATIENCE_S = 120.0
_BUSY = ("locked", "take too long")  # another program writes; something else in this one does

Result = TypeVar("Result")


async def patiently(write: Callable[[], Awaitable[Result]]) -> Result:
    """Write as soon as the database is free: `/forget` rewrites it, which may take a minute.

    Args:
        write: called until the database is not locked.

    Returns:
        What it returns.

    Raises:
        StorageError: it could not be written for another reason, or not for two minutes.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return await write()
        except StorageError as error:
            if not any(busy in str(error) for busy in _BUSY) or time.monotonic() > deadline:
                raise
