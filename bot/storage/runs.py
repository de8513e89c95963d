"""Audit of what was done to the model: retrainings, promotions and rollbacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.i18n import StoredMessage
from bot.storage.database import Database
from bot.storage.message_codec import from_text, to_text
from bot.storage.schema import corrections, run_lessons, runs
from bot.storage.users import ensure_user

BY_HAND = "by_hand"  # mode of a promotion or rollback by an admin
_MAX_ROWS = 10_000  # in one statement

Figures = dict[str, Any]


class State(StrEnum):
    RUNNING = "running"
    PROMOTED = "promoted"  # its version became active
    KEPT = "kept"  # not good enough, or another version became active meanwhile
    STOPPED = "stopped"  # on request
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its process was killed, or its machine lost power
    ROLLED_BACK = "rolled_back"  # an admin went back to an earlier version


RESULTS = (State.PROMOTED, State.KEPT)


@dataclass(frozen=True, slots=True)
class SampleCounts:
    """Counts of the samples of a run.

    Attributes:
        samples: all samples.
        happy: samples labeled happy.
        sad: samples labeled sad.
        users: users who gave the labels.
        held_out: samples that are not trained on, only measured with.
        corrections: ids of the corrections that the samples come from.
    """

    samples: int
    happy: int
    sad: int
    users: int
    held_out: int
    corrections: Sequence[int]


@dataclass(frozen=True, slots=True)
class Run:
    """A retraining, or a promotion or rollback by an admin.

    Attributes:
        started_at: seconds since 1970.
        ended_at: seconds since 1970; None while it is running.
        started_by: user id; None for the schedule, the command line, or an erased user.
        mode: "head", "full" or "by_hand".
        reasons: why it ended as it did; may be empty.
        parent: the version that was active before.
        version: the version that it made, or that an admin chose.
        samples: number of samples; None, as the other counts, for what an admin did.
        figures: the gate's metrics.
    """

    id: int
    started_at: int
    ended_at: int | None
    started_by: int | None
    mode: str
    state: State
    reasons: tuple[StoredMessage, ...]
    parent: str
    version: str | None
    samples: int | None
    happy: int | None
    sad: int | None
    users: int | None
    held_out: int | None
    figures: Figures | None


async def begin(
    database: Database, counts: SampleCounts, *, mode: str, parent: str, by: int | None, now: int
) -> int:
    """Store that a retraining begins, and return the run's id.

    Args:
        database: the database to write to.
        counts: the samples it uses.
        mode: "head" or "full".
        parent: the version that it starts from.
        by: user id of the admin who asked for it, if anybody did.
        now: seconds since 1970.

    Raises:
        StorageError: nothing was stored.
    """
    row: dict[str, Any] = {
        "started_at": now,
        "mode": mode,
        "state": State.RUNNING,
        "reason": "",
        "parent": parent,
        "lessons": counts.samples,
        "happy": counts.happy,
        "sad": counts.sad,
        "people": counts.users,
        "held_out": counts.held_out,
        "newest_correction": max(counts.corrections, default=None),
    }
    async with database.writing() as connection:
        run = await _add(connection, row, by)
        for start in range(0, len(counts.corrections), _MAX_ROWS):
            some = counts.corrections[start : start + _MAX_ROWS]
            # Corrections erased since they were chosen are left out.
            found = select(literal(run), corrections.c.id).where(corrections.c.id.in_(some))
            columns = ["run_id", "correction_id"]
            await connection.execute(insert(run_lessons).from_select(columns, found))
    return run


async def decide(
    database: Database,
    run: int,
    version: str,
    reasons: Sequence[StoredMessage],
    figures: Mapping[str, Any],
) -> None:
    """Store the result of a run before it is acted upon.

    After a crash `bot.retraining.crash_recovery` can tell from it how far the run got.

    Args:
        database: the database to write to.
        run: id of the run.
        version: name of the version that it made.
        reasons: why it is promoted or kept.
        figures: the decision and its metrics, in JSON's types.

    Raises:
        StorageError: nothing was stored.
    """
    values = {"version": version, "reason": to_text(reasons), "figures": dict(figures)}
    async with database.writing() as connection:
        await connection.execute(update(runs).where(runs.c.id == run).values(values))


async def finish(
    database: Database, run: int, state: State, now: int, reasons: Sequence[StoredMessage] = ()
) -> None:
    """Store the end of a run.

    Args:
        database: the database to write to.
        run: id of the run.
        state: how it ended.
        now: seconds since 1970.
        reasons: why it ended so; if empty, the stored ones stay.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        await close(connection, run, state, now, reasons)


async def close(
    connection: AsyncConnection,
    run: int,
    state: State,
    now: int,
    reasons: Sequence[StoredMessage] = (),
) -> None:
    """Like `finish`, within a transaction of the caller."""
    values: dict[str, object] = {"state": state, "ended_at": now}
    if reasons:
        values["reason"] = to_text(reasons)
    await connection.execute(update(runs).where(runs.c.id == run).values(values))
    # The samples of a result are no longer new; those of a failed run still are.
    obsolete = run_lessons.c.run_id != run if state in RESULTS else run_lessons.c.run_id == run
    await connection.execute(delete(run_lessons).where(obsolete))


async def note(
    database: Database, state: State, version: str, *, before: str, by: int | None, now: int
) -> int:
    """Store what an admin did with a version, and return the entry's id.

    Args:
        database: the database to write to.
        state: `State.PROMOTED` or `State.ROLLED_BACK`.
        version: name of the version that is active now.
        before: name of the version that was active before.
        by: user id of the admin; None for the command line.
        now: seconds since 1970.

    Raises:
        StorageError: nothing was stored.
    """
    row: dict[str, Any] = {
        "started_at": now,
        "ended_at": now,
        "mode": BY_HAND,
        "state": state,
        "reason": "",
    }
    async with database.writing() as connection:
        return await _add(connection, {**row, "parent": before, "version": version}, by)


async def newest(database: Database, *states: State, mode: str | None = None) -> Run | None:
    """Return the latest retraining, or None if there is none.

    Args:
        database: the database to read.
        *states: its state is one of these; without any, it may be in any state.
        mode: "head" or "full"; None for either.

    Raises:
        StorageError: the database cannot be read.
    """
    query = select(runs).where(runs.c.mode != BY_HAND).order_by(runs.c.id.desc()).limit(1)
    if states:
        query = query.where(runs.c.state.in_(states))
    if mode is not None:
        query = query.where(runs.c.mode == mode)
    async with database.reading() as connection:
        row = (await connection.execute(query)).first()
    return as_run(row) if row else None


async def of_version(database: Database, version: str) -> Run | None:
    """Return the retraining that made a version, or None if there is none.

    Raises:
        StorageError: the database cannot be read.
    """
    query = select(runs).where(runs.c.mode != BY_HAND, runs.c.version == version)
    async with database.reading() as connection:
        row = (await connection.execute(query.order_by(runs.c.id.desc()).limit(1))).first()
    return as_run(row) if row else None


async def _add(connection: AsyncConnection, row: dict[str, Any], by: int | None) -> int:
    if by is not None:
        await connection.run_sync(ensure_user, by, row["started_at"])
    added = insert(runs).values(**row, started_by=by).returning(runs.c.id)
    return int((await connection.execute(added)).scalar_one())


def as_run(row: "Row[tuple[object, ...]]") -> Run:
    """Return a row of the table as a `Run`."""
    renamed = {"samples": row.lessons, "users": row.people}
    fields = row._asdict() | renamed
    fields |= {"state": State(row.state), "reasons": from_text(row.reason)}
    return Run(**{name: fields[name] for name in Run.__slots__})
