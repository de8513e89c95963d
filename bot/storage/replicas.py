"""The inbox of several bots on one PostgreSQL database; each bot is called a replica.

A chat belongs to one replica at a time, which handles all its updates. Whichever replica receives
an update stores it for the owner of its chat; a chat without an owner becomes the receiver's. What
a replica leaves when it dies is taken over by another one, together with its chats, and nothing is
given to a chat's next owner before that: so each chat's order is kept.

One connection writes at a time (see `bot.storage.dialects`), so nothing here can happen twice.
Heartbeats alone are stored without waiting for that: `/forget` may rewrite the files for a minute.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Update,
    and_,
    cast,
    delete,
    exists,
    extract,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StorageError
from bot.storage import chat_owners
from bot.storage.database import Database
from bot.storage.inbox import (
    AFTER_STOP,
    IS_PENDING,
    NewUpdate,
    PendingUpdate,
    count_attempt,
    insert_rows,
    new_row,
    pending,
    pending_update,
)
from bot.storage.schema import chat_owners as owned
from bot.storage.schema import inbox, replicas

LEASE_S = 15  # a replica without a heartbeat for so long counts as dead
CHANNEL = "photo_mood_inbox"  # of NOTIFY; the payload is the replica to look, "" for all

# By the server's clock, which is the same for all.
_NOW = cast(extract("epoch", func.clock_timestamp()), Integer)
_IS_ORPHAN = and_(
    IS_PENDING, or_(inbox.c.owner.is_(None), inbox.c.owner.not_in(select(replicas.c.id)))
)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of updates that came in.

    Attributes:
        row_ids: by the update's id; updates that were delivered before are missing.
        owner: the replica that received them; None for a bot that has the database for itself.
        elsewhere: those that another replica is going to handle, by the update's id.
        earlier: what others received before for the same chats, and is to be handled first.
    """

    row_ids: Mapping[int, int]
    owner: str | None = None
    elsewhere: Collection[int] = ()
    earlier: Sequence[PendingUpdate] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to do for a replica.

    Attributes:
        given: updates that it is to handle, oldest first.
        has_orphans: whether there are updates whose replica has gone.
        has_silent: whether another replica sends no heartbeats any more.
    """

    given: Sequence[PendingUpdate]
    has_orphans: bool
    has_silent: bool


async def register(database: Database, replica: str, bot_id: int, is_alone: bool) -> None:
    """Store that a replica is there.

    Args:
        database: the database to write to.
        replica: id of the replica.
        bot_id: Telegram's id of the bot.
        is_alone: whether no other replica is connected. Then those that are stored count as dead,
            unless the server has just been restarted, and they have not connected again yet.

    Raises:
        StorageError: another bot uses the database, or nothing could be stored.
    """
    async with database.writing() as connection:
        if is_alone:
            started = extract("epoch", func.pg_postmaster_start_time())
            await connection.execute(delete(replicas).where(started < _NOW - LEASE_S))
        other_id = await id_of_other_bot(connection, bot_id)
        if other_id is None:
            row = {"id": replica, "bot_id": bot_id, "seen_at": _NOW}
            await connection.execute(insert(replicas).values(row))
    if other_id is not None:
        raise StorageError(
            f"the bot with the id {other_id} uses it, and this one has the id {bot_id}. Give each "
            "bot a database of its own in BOT_DATABASE_URL"
        )


async def id_of_other_bot(connection: AsyncConnection, bot_id: int) -> int | None:
    """Return Telegram's id of another bot that uses the database; None if there is none."""
    others = select(replicas.c.bot_id).where(replicas.c.bot_id != bot_id, ~_is_silent())
    return (await connection.execute(others.limit(1))).scalar()


def heartbeat(replica: str) -> Update:
    """Return the statement that stores that a replica is there.

    It changes no row if others have taken over what the replica had.
    """
    return update(replicas).where(replicas.c.id == replica).values(seen_at=_NOW)


async def leave(database: Database, replica: str) -> None:
    """Give a replica's chats and the updates that it has not handled to the others.

    Raises:
        StorageError: nothing was stored.
    """
    others = select(replicas.c.id).where(replicas.c.id != replica, ~_is_silent())
    async with database.writing() as connection:
        heirs = (await connection.execute(others)).scalars().all()
        for number, heir in enumerate(heirs):
            mine = and_(owned.c.replica_id == replica, chat_owners.falls_to(owned, number, heirs))
            await connection.execute(update(owned).where(mine).values(replica_id=heir))
            left = and_(
                IS_PENDING, inbox.c.owner == replica, chat_owners.falls_to(inbox, number, heirs)
            )
            given = update(inbox).where(left).values(owner=heir, attempts=AFTER_STOP + 1)
            await connection.execute(given)
            await connection.run_sync(_notify, heir)
        left = and_(IS_PENDING, inbox.c.owner == replica)
        await connection.execute(update(inbox).where(left).values(owner=None, attempts=AFTER_STOP))
        await connection.execute(delete(replicas).where(replicas.c.id == replica))


async def add(
    database: Database, replica: str, updates: Sequence[NewUpdate], now: int, keep: bool = False
) -> Added:
    """Store updates that were not delivered before, each for the owner of its chat.

    Args:
        database: where to store them.
        replica: id of the replica that received them.
        updates: in the order of arrival.
        now: seconds since 1970.
        keep: whether this replica has begun to handle them already.

    Raises:
        StorageError: nothing was stored.
    """
    if not updates:
        return Added({}, replica)

    def store(connection: Connection) -> Added:
        rows = [new_row(database, one, now) for one in updates]
        # What is not pending, and what has no chat, is the receiver's.
        chats = {row["chat_id"] for row in rows if row["state"] == "pending" and not keep}
        owners: dict[object, str | None] = {
            chat_id: chat_owners.owner_of(connection, replica, chat_id, now)
            for chat_id in chats
            if isinstance(chat_id, int)
        }
        for row in rows:
            row["owner"] = owners.get(row["chat_id"], replica)
            if row["owner"] is None:
                row["attempts"] = 0  # nobody has it in hand
        row_ids = insert_rows(connection, rows)
        elsewhere = {
            one.update_id: row["owner"]
            for one, row in zip(updates, rows, strict=True)
            if row["owner"] != replica
        }
        for owner in {owners[row["chat_id"]] for row in rows if row["owner"] != replica}:
            _notify(connection, owner)
        earlier: Sequence[PendingUpdate] = ()
        ours = [chat_id for chat_id, owner in owners.items() if owner == replica]
        if row_ids and ours:
            before = inbox.c.id < min(row_ids.values())
            earlier = _given(connection, replica, inbox.c.chat_id.in_(ours), before)
        return Added(row_ids, replica, elsewhere.keys(), earlier)

    return await database.write(store)


async def look(database: Database, replica: str, in_hand: Collection[int], limit: int) -> Look:
    """Return what there is to do.

    Args:
        database: the database to read.
        replica: id of the replica.
        in_hand: ids of the rows that it has in hand already.
        limit: how many further updates it can take.

    Raises:
        StorageError: the database cannot be read.
    """
    orphans = exists().where(_IS_ORPHAN)
    silent = exists().where(_is_silent(), replicas.c.id != replica)
    async with database.reading() as connection:
        given = await connection.run_sync(
            lambda sync: _given(sync, replica, inbox.c.id.not_in(in_hand), limit=limit)
        )
        there = (await connection.execute(select(orphans, silent))).one()
    return Look(given, *there)


async def count(database: Database) -> int:
    """Return how many replicas there are.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        query = select(func.count()).select_from(replicas).where(~_is_silent())
        return int((await connection.execute(query)).scalar_one())


async def take_over(database: Database, replica: str, drop_silent: bool) -> None:
    """Give the updates whose replica has gone to the owners of their chats, this one if none.

    It counts as another attempt; see `bot.storage.inbox.take_up`. `look` returns what is this
    replica's afterwards.

    Args:
        database: the database to write to.
        replica: id of the replica that does this.
        drop_silent: whether replicas without heartbeats are to count as dead.

    Raises:
        StorageError: nothing was stored.
    """
    orphans = select(inbox.c.id, inbox.c.chat_id, inbox.c.received_at).where(_IS_ORPHAN)
    async with database.writing() as connection:
        if drop_silent:
            dead = and_(_is_silent(), replicas.c.id != replica)
            await connection.execute(delete(replicas).where(dead))
        if not await _is_registered(connection, replica):
            return  # it has been silent itself
        await count_attempt(connection, _IS_ORPHAN)
        ids: dict[str | None, list[int]] = {}
        for row in (await connection.execute(orphans)).all():
            owner: str | None = replica
            if row.chat_id is not None:
                owner = await connection.run_sync(
                    chat_owners.owner_of, replica, row.chat_id, row.received_at
                )
            ids.setdefault(owner, []).append(row.id)
        for owner, found in ids.items():
            given = update(inbox).where(inbox.c.id.in_(found)).values(owner=owner)
            await connection.execute(given)
            await connection.run_sync(_notify, owner)


def _given(
    connection: Connection,
    replica: str,
    *which: ColumnElement[bool],
    limit: int | None = None,
) -> list[PendingUpdate]:
    query = pending(and_(IS_PENDING, inbox.c.owner == replica, *which)).limit(limit)
    return [pending_update(row) for row in connection.execute(query)]


async def _is_registered(connection: AsyncConnection, replica: str) -> bool:
    query = select(replicas.c.id).where(replicas.c.id == replica)
    return (await connection.execute(query)).first() is not None


def _notify(connection: Connection, replica: str | None) -> None:
    """Tell a replica to look, or all of them, once this transaction is committed."""
    connection.execute(select(func.pg_notify(CHANNEL, replica or "")))


def _is_silent() -> ColumnElement[bool]:
    return replicas.c.seen_at < _NOW - LEASE_S
