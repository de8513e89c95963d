"""Retraining runs in the database, and what admins are shown of them."""

from sqlalchemy import select

from bot.i18n import StoredMessage
from bot.storage import runs, schema
from bot.storage.database import Database
from bot.storage.runs import Run, SampleCounts, State, as_run
from bot.storage.samples import find_samples
from tests.support.fake_telegram import ALEX, FakeTelegram

GATE_FIGURES = {
    "decision": "promote",
    "before": {
        "base validation": {"accuracy": 0.939, "low": 0.927, "high": 0.95, "ece": 0.018, "n": 1538},
        "corrections": {"accuracy": 0.2, "low": 0.05, "high": 0.4, "ece": 0.3, "n": 8},
    },
    "after": {
        "base validation": {"accuracy": 0.938, "low": 0.926, "high": 0.95, "ece": 0.017, "n": 1538},
        "corrections": {"accuracy": 0.9, "low": 0.7, "high": 1.0, "ece": 0.05, "n": 8},
    },
}


async def begin_run(database: Database, by: int | None = ALEX["id"]) -> int:
    """Record a run that learns from all of Alex's corrections; return its id."""
    samples = await find_samples(database, {ALEX["id"]})
    votes = [correction for sample in samples for correction in sample.corrections]
    counts = SampleCounts(len(votes), len(votes), 0, 1, 0, votes)
    return await runs.begin(database, counts, mode="head", parent="old", by=by, now=1_800_000_000)


async def finish_run(database: Database, run: int, state: State, *why: StoredMessage) -> None:
    if state in (State.PROMOTED, State.KEPT):
        await runs.decide(database, run, "new", why, GATE_FIGURES)
    await runs.finish(database, run, state, 1_800_000_034, why)


async def read_runs(database: Database) -> list[Run]:
    """Return the whole audit, newest first."""
    async with database.reading() as connection:
        rows = await connection.execute(select(schema.runs).order_by(schema.runs.c.id.desc()))
        return [as_run(row) for row in rows.all()]


async def wait_for_edit(telegram: FakeTelegram, part: str) -> str:
    """Wait until a message was edited to a text that contains `part`; return the text."""
    times = 0
    while True:
        for edit in telegram.called("editMessageText"):
            if part in edit["text"]:
                return str(edit["text"])
        times = max(times, len(telegram.called("editMessageText"))) + 1
        await telegram.wait_for_calls("editMessageText", times)
