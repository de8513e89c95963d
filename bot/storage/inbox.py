"""Updates from Telegram, stored before they are confirmed and until they are handled.

Of an update that is handled or set aside, only its id, kind and time are kept, for as long as
Telegram may deliver it again.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    delete,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TakenOverError
from bot.storage import answers, claims, users
from bot.storage.claims import Claim
from bot.storage.database import Database
from bot.storage.dialects import insert
from bot.storage.schema import inbox
from bot.storage.users import PhotoRequest

# Telegram keeps an update for 24 hours: https://core.telegram.org/bots/api#getting-updates.
KEEP_IDS_S = 25 * 3600
MAX_ATTEMPTS = 2  # in as many processes; see `take_up`
MAX_APOLOGIES = 3  # attempts to send one, likewise

IS_PENDING = inbox.c.state == "pending"
_IS_SET_ASIDE = inbox.c.attempts > MAX_ATTEMPTS  # once it is taken up
AFTER_STOP = case((_IS_SET_ASIDE, MAX_ATTEMPTS), else_=0)  # attempts, if the process did not fail
_ERASED = {"chat_id": None, "user_id": None, "content": None}
_DONE = (
    update(inbox)
    .where(inbox.c.id.in_(bindparam("ids", expanding=True)), IS_PENDING)
    .values(state=case((_IS_SET_ASIDE, "set_aside"), else_="done"), **_ERASED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpdate:
    """An update that is about to be stored."""

    update_id: int
    kind: str  # the field of Telegram's `Update` that it has, such as "message"
    chat_id: int | None
    user_id: int | None  # the sender
    content: str | None  # JSON; None for an update that cannot be parsed
    received_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """A stored update that was not handled before the last process ended."""

    id: int
    content: str
    received_at: int  # seconds since 1970
    is_set_aside: bool  # it was in hand when too many processes ended; its sender is to be told so


@dataclass(frozen=True, slots=True)
class Handled:
    """What is to be stored when an update, or all updates of an album, are handled."""

    ids: Sequence[int]
    answer_ids: Sequence[int] = ()  # answers that have reached their chats
    photo_requests: Sequence[PhotoRequest] = field(default=())  # to be counted
    claim: Claim | None = None  # of a replica; what another one has taken over is its business


async def add(database: Database, updates: Sequence[NewUpdate], now: int) -> dict[int, int]:
    """Store updates that were not delivered before.

    Those without content are set aside at once. Of those whose sender was erased after they came
    in, no content is stored.

    Args:
        database: where to store them.
        updates: in the order of arrival.
        now: seconds since 1970.

    Returns:
        The id of each new row by the update's id. Updates that were delivered before are missing.

    Raises:
        StorageError: nothing was stored.
    """
    if not updates:
        return {}
    return await database.write(
        # Not earlier: a sender may be erased while this waits for its turn to write.
        lambda connection: insert_rows(connection, [new_row(database, one, now) for one in updates])
    )


def new_row(database: Database, update: NewUpdate, now: int) -> dict[str, object]:
    """Return the row of an update that came in; call this in the transaction that stores it."""
    return {
        "update_id": update.update_id,
        "kind": update.kind,
        "received_at": now,
        "attempts": 1,
        **_contents(database, update),
    }


def insert_rows(connection: Connection, rows: Sequence[dict[str, object]]) -> dict[int, int]:
    """Store those of some rows that are new; returns their ids by the updates' ids."""
    statement = (
        insert(connection, inbox)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["update_id"])
        .returning(inbox.c.update_id, inbox.c.id)
    )
    return {row.update_id: row.id for row in connection.execute(statement)}


async def take_up(database: Database) -> list[PendingUpdate]:
    """Return the updates that earlier processes left, oldest first, and count another attempt.

    An update that was in hand when two processes ended may be what ended them: it is set aside, so
    that it cannot end every process. If its sender cannot be told in three more processes, it is
    erased.

    Raises:
        StorageError: the database cannot be used.
    """
    async with database.writing() as connection:
        await count_attempt(connection, IS_PENDING)
        return [pending_update(row) for row in await connection.execute(pending(IS_PENDING))]


async def count_attempt(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    """Count another attempt at pending updates, and give up those that had too many."""
    too_often = inbox.c.attempts >= MAX_ATTEMPTS + MAX_APOLOGIES
    given_up = update(inbox).where(which, too_often)
    await connection.execute(given_up.values(state="set_aside", **_ERASED))
    await connection.execute(update(inbox).where(which).values(attempts=inbox.c.attempts + 1))


def pending(which: ColumnElement[bool]) -> "Select[int, str, int, bool]":
    """Return the query for updates, oldest first; see `pending_update`."""
    columns = (inbox.c.id, inbox.c.content, inbox.c.received_at)
    return select(*columns, _IS_SET_ASIDE.label("is_set_aside")).where(which).order_by(inbox.c.id)


def pending_update(row: "Row[int, str, int, bool]") -> PendingUpdate:
    """Return a row of the query `pending`."""
    return PendingUpdate(row.id, row.content, row.received_at, bool(row.is_set_aside))


async def finish(database: Database, handled: Sequence[Handled]) -> None:
    """Mark updates as handled, and store what became of them, in one transaction.

    Raises:
        StorageError: nothing was stored.
    """
    answer_ids = [answer_id for item in handled for answer_id in item.answer_ids]

    def store(connection: Connection) -> None:
        ours = _still_ours(connection, handled)
        ids = [row_id for item in ours for row_id in item.ids]
        connection.execute(_DONE, {"ids": ids})
        answers.mark_delivered(connection, answer_ids)
        for request in (request for item in ours for request in item.photo_requests):
            if not database.erasures.erased_since(request.user_id, request.received_at):
                users.count_photo(connection, request)

    await database.write(store)


def _still_ours(connection: Connection, handled: Sequence[Handled]) -> list[Handled]:
    """Return what neither another replica has taken over, nor its sender has had erased."""
    ours = []
    for item in handled:
        with suppress(TakenOverError):
            if claims.is_pending(connection, item.claim):
                ours.append(item)
    return ours


async def reset_attempts(database: Database) -> None:
    """Note that the updates that are left did not end the process, because it ends as it should.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        await connection.execute(update(inbox).where(IS_PENDING).values(attempts=AFTER_STOP))


async def delete_outdated(connection: AsyncConnection, now: int) -> None:
    """Delete the ids of updates that Telegram does not deliver again."""
    await connection.execute(
        delete(inbox).where(inbox.c.state != "pending", inbox.c.received_at < now - KEEP_IDS_S)
    )


def _contents(database: Database, update: NewUpdate) -> dict[str, object]:
    if update.content is None:
        return {**_ERASED, "state": "set_aside"}
    user_id = update.user_id
    if user_id is not None and database.erasures.erased_since(user_id, update.received_at):
        return {**_ERASED, "state": "done"}
    return {
        "chat_id": update.chat_id,
        "user_id": user_id,
        "content": update.content,
        "state": "pending",
    }
