"""What was done to the model: an audit of retrainings, promotions and rollbacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, delete, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.message_codec import from_text, to_text
from bot.storage.schema import corrections, run_lessons, runs, users
from model.messages import Reason

BY_HAND = "by_hand"  # the mode of what an admin did with a version
_AT_ONCE = 10_000  # rows in one statement

Figures = dict[str, Any]


class State(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    PROMOTED = "promoted"  # its version was put into service
    KEPT = "kept"  # its version was not good enough
    STOPPED = "stopped"  # somebody asked for it
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its process was killed, or the power went
    ROLLED_BACK = "rolled_back"  # an admin took a version out of service


RESULTS = (State.PROMOTED, State.KEPT)


@dataclass(frozen=True, slots=True)
class SampleCounts:
    """What a run learns from."""

    samples: int  # pictures
    happy: int  # of them
    sad: int  # of them
    users: int  # who gave the labels
    held_out: int  # of the pictures, measured on only
    corrections: Sequence[int]  # ids of the corrections that they come from


@dataclass(frozen=True, slots=True)
class Run:
    """A retraining, or what an admin did with a version."""

    id: int
    started_at: int  # seconds since 1970
    ended_at: int | None
    started_by: int | None  # user; None: the schedule or the command line, or somebody erased
    mode: str  # "head", "full" or "by_hand"
    state: State
    reasons: tuple[Reason, ...]  # there may be none
    parent: str  # the version that served before
    version: str | None  # the version that it made, or that was chosen by hand
    samples: int | None  # pictures that it learned from; None where it did not learn
    happy: int | None
    sad: int | None
    users: int | None
    held_out: int | None
    figures: Figures | None  # as the gate measured them


async def begin(
    database: Database, counts: SampleCounts, *, mode: str, parent: str, by: int | None, now: int
) -> int:
    """Note that a retraining begins.

    Args:
        database: where to.
        counts: what it learns from.
        mode: "head" or "full".
        parent: the version that it starts from.
        by: the user who asked for it, if anybody.
        now: seconds since 1970.

    Returns:
        The run's id.

    Raises:
        StorageError: nothing was noted.
    """
    row = {
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
        for start in range(0, len(counts.corrections), _AT_ONCE):
            some = counts.corrections[start : start + _AT_ONCE]
            # Without those erased since they were chosen.
            found = select(literal(run), corrections.c.id).where(corrections.c.id.in_(some))
            columns = ["run_id", "correction_id"]
            await connection.execute(insert(run_lessons).from_select(columns, found))
    return run


async def decide(
    database: Database,
    run: int,
    version: str,
    reasons: Sequence[Reason],
    figures: Mapping[str, Any],
) -> None:
    """Store the result of a run before it is acted upon.

    After a crash `bot.retraining.crash_recovery` can tell from it how far the run got.

    Args:
        database: where to.
        run: its id.
        version: name of the version that it made.
        reasons: of the decision.
        figures: the decision and what it rests on, fit for JSON.

    Raises:
        StorageError: it was not noted.
    """
    values = {"version": version, "reason": to_text(reasons), "figures": dict(figures)}
    async with database.writing() as connection:
        await connection.execute(update(runs).where(runs.c.id == run).values(values))


async def finish(
    database: Database, run: int, state: State, now: int, reasons: Sequence[Reason] = ()
) -> None:
    """Note how a run ended.

    Args:
        database: where to.
        run: its id.
        state: how.
        now: seconds since 1970.
        reasons: of that; if there are none, those noted before stand.

    Raises:
        StorageError: it was not noted.
    """
    async with database.writing() as connection:
        await close(connection, run, state, now, reasons)


async def close(
    connection: AsyncConnection, run: int, state: State, now: int, reasons: Sequence[Reason] = ()
) -> None:
    """What `finish` does, within a transaction."""
    values: dict[str, object] = {"state": state, "ended_at": now}
    if reasons:
        values["reason"] = to_text(reasons)
    await connection.execute(update(runs).where(runs.c.id == run).values(values))
    # What it learned is no longer new; what it failed to learn still is.
    others = run_lessons.c.run_id != run if state in RESULTS else run_lessons.c.run_id == run
    await connection.execute(delete(run_lessons).where(others))


async def note(
    database: Database, state: State, version: str, *, before: str, by: int | None, now: int
) -> int:
    """Note what an admin did with a version.

    Args:
        database: where to.
        state: `State.PROMOTED` or `State.ROLLED_BACK`.
        version: name of the one that serves now.
        before: name of the one that served before.
        by: the admin; None: somebody at the command line.
        now: seconds since 1970.

    Returns:
        The entry's id.

    Raises:
        StorageError: nothing was noted.
    """
    row = {"started_at": now, "ended_at": now, "mode": BY_HAND, "state": state, "reason": ""}
    async with database.writing() as connection:
        return await _add(connection, {**row, "parent": before, "version": version}, by)


async def find(database: Database, run: int) -> Run | None:
    """A run by its id; None if there is none.

    Raises:
        StorageError: the database cannot be read.
    """
    found = await _read(database, select(runs).where(runs.c.id == run))
    return found[0] if found else None


async def history(database: Database, most: int) -> list[Run]:
    """The latest entries, newest first, those of admins' hands among them.

    Args:
        database: where from.
        most: how many at most.

    Raises:
        StorageError: the database cannot be read.
    """
    return await _read(database, select(runs).order_by(runs.c.id.desc()).limit(most))


async def newest(database: Database, *states: State, mode: str | None = None) -> Run | None:
    """The latest retraining; None if there is none.

    Args:
        database: where from.
        *states: it is in one of these; without any, in whichever.
        mode: "head" or "full"; None: either.

    Raises:
        StorageError: the database cannot be read.
    """
    query = select(runs).where(runs.c.mode != BY_HAND).order_by(runs.c.id.desc()).limit(1)
    if states:
        query = query.where(runs.c.state.in_(states))
    if mode is not None:
        query = query.where(runs.c.mode == mode)
    found = await _read(database, query)
    return found[0] if found else None


async def _add(connection: AsyncConnection, row: dict[str, object], by: int | None) -> int:
    if by is not None:
        # An admin may never have sent a photo.
        known = insert_or(users).values(id=by, first_seen_at=row["started_at"])
        await connection.execute(known.on_conflict_do_nothing())
    added = insert(runs).values(**row, started_by=by).returning(runs.c.id)
    return int((await connection.execute(added)).scalar_one())


async def _read(database: Database, query: "Select[tuple[object, ...]]") -> list[Run]:
    async with database.reading() as connection:
        return [as_run(row) for row in (await connection.execute(query)).all()]


def as_run(row: "Row[tuple[object, ...]]") -> Run:
    """Return a row of the table as a `Run`."""
    renamed = {"samples": row.lessons, "users": row.people}
    fields = row._asdict() | renamed
    fields |= {"state": State(row.state), "reasons": from_text(row.reason)}
    return Run(**{name: fields[name] for name in Run.__slots__})
