"""Retraining jobs when something goes wrong; whole runs are in tests/scripts."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.retraining.crash_recovery import recover_interrupted_runs
from bot.retraining.exit_status import ExitStatus
from bot.retraining.job import DECISION_FILE, Event, JobSettings, RetrainingJob
from bot.storage.database import Database
from bot.storage.runs import State, newest
from bot.storage.shared_registry import SharedRegistry
from model.registry.registry import Registry
from model.registry.version import Version
from model.retraining.samples import SampleSet
from model.retraining.settings import RetrainSettings
from tests.support.labelled_faces import label_faces
from tests.support.model_versions import model_folder
from tests.support.retraining_process import FakeRetrain
from tests.support.stored_answers import ALEX, BEN


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models", model_folder(tmp_path, "first"))


Ran = tuple[ExitStatus, Event]
Run = Callable[..., Any]


@pytest.fixture
def run(database: Database, registry: Registry) -> Run:
    """Run a job; return its exit status and its last event."""

    async def once(train: FakeRetrain, registry: Registry = registry) -> Ran:
        await label_faces(database, range(4))
        events: list[Event] = []
        settings = RetrainSettings("head", None, 1, 1)
        job = JobSettings(database, registry, settings, frozenset({ALEX, BEN}), ALEX, minutes=1)
        return await RetrainingJob(job, train, events.append).run(), events[-1]

    return once


async def state_of(database: Database) -> State:
    found = await newest(database)
    assert found is not None
    return found.state


async def test_a_result_compared_with_a_version_no_longer_active_is_kept(
    run: Run, database: Database, registry: Registry, tmp_path: Path
) -> None:
    class Meanwhile(FakeRetrain):
        def __call__(self, *given: Any) -> Any:
            registry.add(model_folder(tmp_path, "other"))
            registry.promote("other")
            return super().__call__(*given)

    status, event = await run(Meanwhile())
    assert status is ExitStatus.FINISHED
    assert event["decision"] == "kept"
    assert "Meanwhile other was put into service instead of first" in event["reasons"][-1]
    assert registry.active().name == "other"
    assert await state_of(database) is State.KEPT


async def test_a_version_that_an_admin_chooses_at_the_last_moment_stays_active(
    run: Run, database: Database, registry: Registry, tmp_path: Path
) -> None:
    class Contested(Registry):
        """A registry in which an admin promotes another version right after one was added."""

        def install(self, name: str, files: Mapping[str, bytes]) -> Version:
            added = super().install(name, files)
            if name != "other":
                promote = SharedRegistry(database, registry).promote("other")
                asyncio.run_coroutine_threadsafe(promote, loop).result()
            return added

    loop = asyncio.get_running_loop()
    registry.add(model_folder(tmp_path, "other"))
    contested = Contested(tmp_path / "models", tmp_path / "first")
    status, event = await run(FakeRetrain(), contested)
    assert status is ExitStatus.FINISHED
    assert event["decision"] == "kept"
    assert "Meanwhile other was put into service instead of first" in event["reasons"][-1]
    assert registry.active().name == "other"
    assert registry.find(event["version"]).damaged is None
    stored = await newest(database)
    assert stored is not None
    assert stored.state is State.KEPT
    assert [str(reason) for reason in stored.reasons] == event["reasons"]


@pytest.mark.usefixtures("sqlite_only")
async def test_a_promotion_that_cannot_be_stored_is_stored_at_the_next_start(
    run: Run, database: Database, registry: Registry
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            text(
                "CREATE TRIGGER no_room BEFORE UPDATE ON runs WHEN new.state = 'promoted' "
                "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
            )
        )
    status, event = await run(FakeRetrain())
    assert status is ExitStatus.FAILED
    assert event["reason"] == "The database cannot be used: database or disk is full"
    assert await state_of(database) is State.RUNNING
    async with database.writing() as connection:
        await connection.execute(text("DROP TRIGGER no_room"))
    (recovered,) = await recover_interrupted_runs(database, registry)
    assert recovered.state is State.PROMOTED
    assert recovered.version == registry.active().name


@pytest.mark.usefixtures("sqlite_only")
async def test_samples_of_users_erased_before_the_training_are_left_out(
    run: Run, database: Database
) -> None:
    trained_on: list[int] = []

    class Counting(FakeRetrain):
        def __call__(self, parent: Version, samples: SampleSet, *given: Any) -> Any:
            trained_on.append(len(samples))
            return super().__call__(parent, samples, *given)

    await label_faces(database, range(4, 7), user=BEN)
    async with database.writing() as connection:
        await connection.execute(
            text(
                "CREATE TRIGGER forget BEFORE INSERT ON runs "
                "BEGIN DELETE FROM users WHERE id != new.started_by; END"
            )
        )
    status, event = await run(Counting())
    assert (status, event["event"]) == (ExitStatus.FINISHED, "finished")
    assert trained_on == [4]  # what the admin who started it has said


async def test_the_oldest_versions_are_removed(
    run: Run, registry: Registry, tmp_path: Path
) -> None:
    for number in range(12):
        registry.add(model_folder(tmp_path, f"old-{number}"))
    _, event = await run(FakeRetrain(passes=False))
    names = [version.name for version in registry.versions()]
    assert len(names) == 11  # with the shipped one
    assert event["version"] in names


async def test_the_decision_is_stored_in_the_versions_folder(run: Run, registry: Registry) -> None:
    _, event = await run(FakeRetrain())
    content = json.loads((registry.find(event["version"]).folder / DECISION_FILE).read_text())
    assert content["decision"] == "promote"
    assert content["reasons"] == event["reasons"]
    assert content["after"] == event["after"]
