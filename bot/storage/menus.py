"""Records of the command menus that Telegram has."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, insert, select

from bot.storage.database import Database
from bot.storage.schema import menus


class MenuKey(NamedTuple):
    """What Telegram stores a menu under.

    Attributes:
        scope: the type of the `BotCommandScope`, followed by the chat's id if it has one.
        language: an ISO 639-1 code, or "" for all languages without a menu of their own.
    """

    scope: str
    language: str


def chat_scope(chat_id: int) -> str:
    """Return the scope of a single chat."""
    return f"chat {chat_id}"


async def load(database: Database) -> dict[MenuKey, str]:
    """Return the digest of each menu that was set.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        rows = (await connection.execute(select(menus))).all()
    return {MenuKey(row.scope, row.language): row.digest for row in rows}


async def record(database: Database, key: MenuKey, digest: str) -> None:
    """Record that a menu was set.

    Raises:
        StorageError: it was not recorded.
    """
    async with database.writing() as connection:
        await connection.execute(delete(menus).where(_is(key)))
        await connection.execute(insert(menus).values(**key._asdict(), digest=digest))


async def remove(database: Database, keys: Iterable[MenuKey]) -> None:
    """Remove the records of menus that Telegram does not have.

    Raises:
        StorageError: none was removed.
    """
    async with database.writing() as connection:
        for key in keys:
            await connection.execute(delete(menus).where(_is(key)))


def _is(key: MenuKey) -> ColumnElement[bool]:
    return and_(menus.c.scope == key.scope, menus.c.language == key.language)
