"""The data about one user: counting it and erasing it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import claims
from bot.storage.claims import Claim
from bot.storage.database import Database
from bot.storage.labels import WITHDRAWN, is_about_sure_verdict
from bot.storage.menus import chat_scope
from bot.storage.schema import (
    chat_owners,
    corrections,
    faces,
    inbox,
    menus,
    photos,
    retraining_messages,
    users,
)


@dataclass(frozen=True, slots=True)
class UserCounts:
    """A user's photos and corrections in numbers, and how often the bot was right."""

    photos: int
    faces: int  # found in the photos
    kept: int  # faces whose crop is stored
    corrections: int  # faces and whole pictures about which this user's newest word stands
    labelled: int  # faces and whole pictures that have a label
    sure: int  # labelled ones whose verdict was happy or sad
    right: int  # of those, the ones whose verdict equals the label
    language: str | None  # chosen by this user


async def is_known(database: Database, user_id: int, request: int | None = None) -> bool:
    """Return whether any data about a user is stored.

    Args:
        database: where to look.
        user_id: Telegram's id.
        request: id of the update that asks; it waits in the inbox itself, but does not count.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        return await _is_known(connection, user_id, request)


async def count(database: Database, user_id: int) -> UserCounts:
    """Count a user's photos and corrections.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        return await _count(connection, user_id)


async def erase(
    database: Database, user_id: int, request: int | None = None, claim: Claim | None = None
) -> UserCounts | None:
    """Erase all data about a user. Afterwards, `Database.scrub` removes its traces.

    Requests of the user that came in earlier will not be stored either.

    Args:
        database: where to erase.
        user_id: Telegram's id.
        request: id of the update that asks; it waits in the inbox itself, but does not count.
        claim: that update, as a replica has it in hand. Others then answer what they have in hand
            from or about the user, and store nothing of it.

    Returns:
        What was erased; None if there was nothing.

    Raises:
        TakenOverError: another replica follows the request now; nothing was erased.
        StorageError: nothing was erased.
    """
    async with database.writing() as connection:
        await connection.run_sync(claims.is_pending, claim)
        database.erasures.add(user_id)
        if claim is not None:
            await _erase_from_inbox(connection, _mentions(user_id))
        if not await _is_known(connection, user_id, request):
            return None
        counts = await _count(connection, user_id)
        # The foreign keys make the database delete the rows of the other tables.
        await connection.execute(delete(users).where(users.c.id == user_id))
        await connection.execute(delete(menus).where(menus.c.scope == chat_scope(user_id)))
        shown = retraining_messages.c.chat_id == user_id
        await connection.execute(delete(retraining_messages).where(shown))
        await connection.execute(delete(chat_owners).where(chat_owners.c.chat_id == user_id))
        await _erase_from_inbox(connection, is_waiting_from(user_id))
        await database.mark_for_scrub(connection)
    return counts


async def _erase_from_inbox(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    # The rest of the row tells a second delivery from a new update.
    erased = update(inbox).where(which)
    await connection.execute(erased.values(user_id=None, chat_id=None, content=None, state="done"))


def is_waiting_from(user_id: int) -> ColumnElement[bool]:
    """Return the condition for updates in the inbox that a user sent."""
    return and_(inbox.c.state == "pending", inbox.c.user_id == user_id)


def _mentions(user_id: int) -> ColumnElement[bool]:
    """Return the condition for updates that others sent, but that name a user as well.

    Such as a reply to the user's photo, which asks for its mood.
    """
    named = (inbox.c.content.contains(f'"id":{user_id}{end}') for end in ",}")
    return and_(inbox.c.state == "pending", inbox.c.user_id.is_distinct_from(user_id), or_(*named))


async def _is_known(connection: AsyncConnection, user_id: int, request: int | None) -> bool:
    found = [
        select(users.c.id).where(users.c.id == user_id),
        select(menus.c.scope).where(menus.c.scope == chat_scope(user_id)),
        select(retraining_messages.c.chat_id).where(retraining_messages.c.chat_id == user_id),
        select(inbox.c.id).where(is_waiting_from(user_id), inbox.c.update_id != request),
    ]
    result = await connection.execute(select(or_(*(query.exists() for query in found))))
    return bool(result.scalar_one())


async def _count(connection: AsyncConnection, user_id: int) -> UserCounts:
    sent = (
        select(
            # A photo that two model versions judged is one, and so are its faces.
            func.count(func.distinct(photos.c.file_unique_id)),
            func.count(faces.c.id).filter(
                photos.c.whole_picture.is_(False), faces.c.same_as.is_(None)
            ),
            func.count(faces.c.crop),
        )
        .select_from(photos.join(faces))
        .where(photos.c.user_id == user_id)
    )
    chosen = select(users.c.language).where(users.c.id == user_id)
    return UserCounts(
        *(await connection.execute(sent)).one(),
        *(await connection.execute(_labels_by(user_id))).one(),
        *(await connection.execute(_labelled(user_id))).one(),
        (await connection.execute(chosen)).scalar(),
    )


def _labels_by(user_id: int) -> "Select[int]":
    """Return the query that counts a user's labels, without those taken back or replaced."""
    newer = corrections.alias()
    newest = (
        select(func.max(newer.c.id))
        .where(newer.c.face_id == corrections.c.face_id, newer.c.user_id == user_id)
        .scalar_subquery()
    )
    stands = and_(corrections.c.id == newest, corrections.c.said != WITHDRAWN)
    return select(func.count()).where(corrections.c.user_id == user_id, stands)


def _labelled(user_id: int) -> "Select[int, int, int]":
    """Return the query that counts a user's labelled faces, those judged surely, and rightly."""
    newer = corrections.alias()
    newest = select(func.max(newer.c.id)).where(newer.c.face_id == corrections.c.face_id)
    sure = is_about_sure_verdict()
    right = and_(sure, corrections.c.verdict == corrections.c.said)
    return (
        select(func.count(), func.count().filter(sure), func.count().filter(right))
        .select_from(photos.join(faces).join(corrections))
        .where(photos.c.user_id == user_id, corrections.c.id == newest.scalar_subquery())
        .where(corrections.c.said != WITHDRAWN)
    )
