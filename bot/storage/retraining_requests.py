"""The request to retrain that a watcher carries out; there is at most one.

A watcher is a program that was started as `photo-mood retrain --watch`. Every change names the
request's key and the state that it expects, so that whoever comes too late changes nothing.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, Update, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.schema import retraining_requests as requests
from bot.storage.schema import retraining_watchers as watchers
from bot.storage.users import ensure_user

KEY_BYTES = 4
_ONLY_ID = 1


class RequestState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"  # a watcher has claimed it
    ENDED = "ended"  # but the admins were not told yet


@dataclass(frozen=True, slots=True)
class RetrainingRequest:
    """A request to retrain, and how far it is.

    Attributes:
        key: tells it from all others.
        requested_at: seconds since 1970.
        requested_by: user id of the admin; None for the schedule or an erased user.
        trusted: ids of the users whose corrections count at once.
        watcher: id of the watcher that has claimed it, if one has.
        stop_requested: whether the watcher has been asked to stop.
        progress: what the watcher last reported, if anything.
        run: the run's id in the table `runs`, once there is one.
        outcome: how it ended; None until then.
        reason: why it failed, in English; empty otherwise.
        seen_at: the last heartbeat of that watcher, or of any while it waits, in seconds since
            1970; None if there is none.
    """

    key: str
    requested_at: int
    requested_by: int | None
    trusted: frozenset[int]
    state: RequestState
    watcher: str | None
    stop_requested: bool
    progress: Mapping[str, Any] | None
    run: int | None
    outcome: str | None
    reason: str
    seen_at: int | None

    def is_abandoned(self, since: int) -> bool:
        """Return whether no watcher has been there for it since a time, in seconds since 1970."""
        if self.state is RequestState.ENDED:
            return False
        earliest = self.requested_at if self.state is RequestState.WAITING else 0
        return max(self.seen_at or 0, earliest) < since


async def load(database: Database) -> RetrainingRequest | None:
    """Return the request; None if there is none.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        return await _load(connection)


async def add(database: Database, by: int | None, trusted: Collection[int], now: int) -> str | None:
    """Add a request, unless there is one.

    Args:
        database: the database to write to.
        by: user id of the admin who asks for it, if anybody does.
        trusted: ids of the users whose corrections count at once.
        now: seconds since 1970.

    Returns:
        Its key; None if there is one already.

    Raises:
        StorageError: nothing was stored.
    """
    key = secrets.token_hex(KEY_BYTES)
    async with database.writing() as connection:
        if await _load(connection) is not None:
            return None
        if by is not None:
            await connection.run_sync(ensure_user, by, now)
        row = {
            "id": _ONLY_ID,
            "key": key,
            "requested_at": now,
            "requested_by": by,
            "trusted": sorted(trusted),
            "state": RequestState.WAITING,
        }
        await connection.execute(insert(requests).values(row))
    return key


async def request_stop(database: Database, key: str) -> bool:
    """Ask the watcher to stop; a request that still waits ends at once.

    Returns:
        False if it is over.

    Raises:
        StorageError: nothing was stored.
    """
    ended = {"state": RequestState.ENDED, "outcome": "stopped", "stop_requested": True}
    async with database.writing() as connection:
        waiting = _change(key, RequestState.WAITING).values(ended)
        running = _change(key, RequestState.RUNNING).values(stop_requested=True)
        return bool(
            (await connection.execute(waiting)).rowcount
            or (await connection.execute(running)).rowcount
        )


async def give_up(database: Database, key: str, since: int, reason: str) -> None:
    """Let a request fail for which no watcher has been there.

    Args:
        database: the database to write to.
        key: key of the request.
        since: nothing is changed if a watcher has been there since then; seconds since 1970.
        reason: what the admins read, in English; translated when it is shown.

    Raises:
        StorageError: nothing was stored.
    """
    ended = {"state": RequestState.ENDED, "outcome": "failed", "reason": reason}
    async with database.writing() as connection:
        request = await _load(connection)
        if request is not None and request.key == key and request.is_abandoned(since):
            await connection.execute(_change(key, request.state).values(ended))


async def remove(database: Database, key: str) -> None:
    """Remove a request that has ended, with the messages that showed its progress.

    Raises:
        StorageError: nothing was removed.
    """
    ended = (requests.c.key == key, requests.c.state == RequestState.ENDED)
    async with database.writing() as connection:
        await connection.execute(delete(requests).where(*ended))


async def claim(database: Database, watcher: str) -> RetrainingRequest | None:
    """Take the request that waits, for one watcher only.

    Args:
        database: the database to write to.
        watcher: id of the watcher.

    Returns:
        The request; None if none waits.

    Raises:
        StorageError: nothing was claimed.
    """
    waiting = await load(database)  # usually there is none; then nobody has to wait for a lock
    if waiting is None or waiting.state is not RequestState.WAITING:
        return None
    claimed = {"state": RequestState.RUNNING, "watcher": watcher}
    async with database.writing() as connection:
        change = _change(waiting.key, RequestState.WAITING).values(claimed)
        if not (await connection.execute(change)).rowcount:
            return None
        return await _load(connection)


async def report(
    database: Database, key: str, watcher: str, run: int | None, progress: Mapping[str, Any]
) -> RetrainingRequest | None:
    """Store how far a claimed request is.

    Args:
        database: the database to write to.
        key: key of the request.
        watcher: id of the watcher that has claimed it.
        run: the run's id in the table `runs`, once there is one.
        progress: in JSON's types.

    Returns:
        The request; None if the watcher does not have it any more.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        change = _change(key, RequestState.RUNNING, watcher)
        if not (
            await connection.execute(change.values(run_id=run, progress=dict(progress)))
        ).rowcount:
            return None
        return await _load(connection)


async def end(
    database: Database, key: str, watcher: str, outcome: str, run: int | None, reason: str
) -> None:
    """Store the end of a claimed request, unless the watcher does not have it any more.

    Args:
        database: the database to write to.
        key: key of the request.
        watcher: id of the watcher that has claimed it.
        outcome: how it ended.
        run: the run's id in the table `runs`, if there is one.
        reason: why it failed; otherwise empty.

    Raises:
        StorageError: nothing was stored.
    """
    values = {"state": RequestState.ENDED, "outcome": outcome, "run_id": run, "reason": reason}
    async with database.writing() as connection:
        await connection.execute(_change(key, RequestState.RUNNING, watcher).values(values))


def _change(key: str, state: RequestState, watcher: str | None = None) -> Update:
    """Return a change of the request that does nothing if it is another one or in another state."""
    change = update(requests).where(requests.c.key == key, requests.c.state == state)
    return change if watcher is None else change.where(requests.c.watcher == watcher)


async def _load(connection: AsyncConnection) -> RetrainingRequest | None:
    row = (await connection.execute(_query())).first()
    if row is None:
        return None
    fields = row._asdict()
    del fields["id"]
    fields["run"] = fields.pop("run_id")
    fields |= {"state": RequestState(row.state), "trusted": frozenset(row.trusted)}
    return RetrainingRequest(**fields)


def _query() -> "Select[Any]":
    is_there_for_it = or_(requests.c.watcher.is_(None), requests.c.watcher == watchers.c.id)
    seen_at = select(func.max(watchers.c.seen_at)).where(is_there_for_it).scalar_subquery()
    return select(requests, seen_at.label("seen_at"))
