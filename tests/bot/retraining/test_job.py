"""What `scripts.retrain` does when something is in the way; whole runs: tests/scripts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.retraining.crash_recovery import recover_interrupted_runs
from bot.retraining.job import Event, Exit, JobSettings, RetrainingJob
from bot.storage.database import Database
from bot.storage.runs import State, newest
from model.registry.registry import Registry
from model.registry.version import Version
from model.retraining.samples import SampleSet
from model.retraining.settings import RetrainSettings
from tests.support.labelled_faces import label_faces
from tests.support.model_versions import model_folder
from tests.support.retraining_process import Learning
from tests.support.stored_answers import ALEX, BEN


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models", model_folder(tmp_path, "first"))


Ran = tuple[Exit, Event]
Run = Callable[..., Any]


@pytest.fixture
def run(database: Database, registry: Registry) -> Run:
    """Runs a learning; returns how it ended, and the last that was told."""

    async def once(learning: Learning, registry: Registry = registry) -> Ran:
        await label_faces(database, range(4))
        told: list[Event] = []
        settings = RetrainSettings("head", None, 1, 1)
        job = JobSettings(database, registry, settings, frozenset({ALEX, BEN}), ALEX, minutes=1)
        return await RetrainingJob(job, learning, told.append).run(), told[-1]

    return once


async def state_of(database: Database) -> State:
    found = await newest(database)
    assert found is not None
    return found.state


async def test_what_was_compared_with_a_version_that_serves_no_more_is_kept(
    run: Run, database: Database, registry: Registry, tmp_path: Path
) -> None:
    class Meanwhile(Learning):
        def __call__(self, *given: Any) -> Any:
            registry.add(model_folder(tmp_path, "other"))
            registry.promote("other")
            return super().__call__(*given)

    status, told = await run(Meanwhile())
    assert status is Exit.FINISHED
    assert told["decision"] == "kept"
    assert "Meanwhile other was put into service instead of first" in told["reasons"][-1]
    assert registry.active().name == "other"
    assert await state_of(database) is State.KEPT


async def test_what_an_admin_chooses_at_the_last_moment_goes_on_serving(
    run: Run, database: Database, registry: Registry, tmp_path: Path
) -> None:
    class Contested(Registry):
        """An admin is faster than whoever adds a version."""

        def add(self, folder: Path) -> Version:
            added = super().add(folder)
            registry.promote("other")
            return added

    registry.add(model_folder(tmp_path, "other"))
    contested = Contested(tmp_path / "models", tmp_path / "first")
    status, told = await run(Learning(), contested)
    assert status is Exit.FINISHED
    assert told["decision"] == "kept"
    assert "Meanwhile other was put into service instead of first" in told["reasons"][-1]
    assert registry.active().name == "other"
    assert registry.find(told["version"]).damaged is None
    noted = await newest(database)
    assert noted is not None
    assert noted.state is State.KEPT
    assert [str(reason) for reason in noted.reasons] == told["reasons"]


async def test_a_promotion_that_cannot_be_noted_is_noted_at_the_next_start(
    run: Run, database: Database, registry: Registry
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            text(
                "CREATE TRIGGER no_room BEFORE UPDATE ON runs WHEN new.state = 'promoted' "
                "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
            )
        )
    status, told = await run(Learning())
    assert status is Exit.FAILED
    assert told["reason"] == "The database cannot be used: database or disk is full"
    assert await state_of(database) is State.RUNNING
    async with database.writing() as connection:
        await connection.execute(text("DROP TRIGGER no_room"))
    (settled,) = await recover_interrupted_runs(database, registry)
    assert settled.state is State.PROMOTED
    assert settled.version == registry.active().name


async def test_who_is_erased_before_the_learning_begins_is_not_learned_from(
    run: Run, database: Database
) -> None:
    learned: list[int] = []

    class Counting(Learning):
        def __call__(self, parent: Version, samples: SampleSet, *given: Any) -> Any:
            learned.append(len(samples))
            return super().__call__(parent, samples, *given)

    await label_faces(database, range(4, 7), user=BEN)
    async with database.writing() as connection:
        await connection.execute(
            text(
                "CREATE TRIGGER forget BEFORE INSERT ON runs "
                "BEGIN DELETE FROM users WHERE id != new.started_by; END"
            )
        )
    status, told = await run(Counting())
    assert (status, told["event"]) == (Exit.FINISHED, "finished")
    assert learned == [4]  # what the admin who started it has said


async def test_the_oldest_versions_are_removed(
    run: Run, registry: Registry, tmp_path: Path
) -> None:
    for number in range(12):
        registry.add(model_folder(tmp_path, f"old-{number}"))
    _, told = await run(Learning("keep"))
    names = [version.name for version in registry.versions()]
    assert len(names) == 11  # with the shipped one
    assert told["version"] in names
