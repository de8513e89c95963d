"""The languages that people, and admins of groups, have chosen.

A language is a key of `bot.i18n.LANGUAGE_NAMES`; None stands for that of each person's app.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import delete, select, update

from bot.storage.database import Database
from bot.storage.dialects import insert
from bot.storage.schema import group_languages, users


class Chosen(NamedTuple):
    """What a user and a group have chosen."""

    by_user: str | None
    for_group: str | None


async def load(database: Database, user_id: int | None, group_id: int | None) -> Chosen:
    """Return the languages chosen by a user and for a group.

    Raises:
        StorageError: the database cannot be read.
    """
    by_user = select(users.c.language).where(users.c.id == user_id)
    for_group = select(group_languages.c.language).where(group_languages.c.chat_id == group_id)
    return await database.read(
        lambda connection: Chosen(
            connection.execute(by_user).scalar(), connection.execute(for_group).scalar()
        )
    )


async def load_of_users(database: Database, user_ids: Iterable[int]) -> dict[int, str]:
    """Return the languages of those users who have chosen one, by user id.

    Raises:
        StorageError: the database cannot be read.
    """
    query = select(users.c.id, users.c.language).where(
        users.c.id.in_(user_ids), users.c.language.is_not(None)
    )
    async with database.reading() as connection:
        return {row.id: row.language for row in (await connection.execute(query)).all()}


async def store_for_user(database: Database, user_id: int, language: str | None, now: int) -> None:
    """Store what a user chooses.

    Args:
        database: where to store it.
        user_id: Telegram's id.
        language: the language.
        now: seconds since 1970.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        if language is None:
            await connection.execute(
                update(users).where(users.c.id == user_id).values(language=None)
            )
            return
        row = insert(connection, users).values(id=user_id, first_seen_at=now, language=language)
        await connection.execute(
            row.on_conflict_do_update(index_elements=["id"], set_={"language": language})
        )


async def store_for_group(database: Database, chat_id: int, language: str | None) -> None:
    """Store what an admin of a group chooses.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        if language is None:
            await connection.execute(
                delete(group_languages).where(group_languages.c.chat_id == chat_id)
            )
            return
        row = insert(connection, group_languages).values(chat_id=chat_id, language=language)
        await connection.execute(
            row.on_conflict_do_update(index_elements=["chat_id"], set_={"language": language})
        )
