"""What every tap that changes something begins with."""

from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.schema import processed_taps, users


async def know_user(connection: AsyncConnection, user_id: int, now: int) -> None:
    """Make sure that there is a row for a user; an admin may never have sent a photo."""
    new = insert_or(users).values(id=user_id, first_seen_at=now)
    await connection.execute(new.on_conflict_do_nothing())


async def is_new(connection: AsyncConnection, tap_id: str, user_id: int, now: int) -> bool:
    """Say whether a tap has not been dealt with before, and remember it.

    Args:
        connection: in a writing transaction.
        tap_id: the callback query's id, which stays the same when it is delivered again.
        user_id: who tapped; `know_user` has been called.
        now: seconds since 1970.
    """
    done = insert_or(processed_taps).values(id=tap_id, user_id=user_id, processed_at=now)
    return (await connection.execute(done.on_conflict_do_nothing())).rowcount == 1


async def is_first(database: Database, tap_id: str, user_id: int, now: int) -> bool:
    """Say whether a tap has not been dealt with before, and remember it, in one transaction.

    Args:
        database: where it is remembered.
        tap_id: the callback query's id.
        user_id: who tapped.
        now: seconds since 1970.

    Raises:
        StorageError: the database cannot be used.
    """
    async with database.writing() as connection:
        await know_user(connection, user_id, now)
        return await is_new(connection, tap_id, user_id, now)
