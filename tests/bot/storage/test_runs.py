from pathlib import Path

import pytest

from bot.i18n import StoredMessage
from bot.retraining.crash_recovery import recover_interrupted_runs, recover_runs
from bot.storage import runs, user_data
from bot.storage.database import Database
from bot.storage.runs import Run, SampleCounts, State
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry
from tests.support.model_versions import model_folder
from tests.support.retraining_runs import read_runs
from tests.support.stored_answers import ALEX, ANNA, NOW
from tests.support.user_records import records_of

COUNTS = SampleCounts(samples=41, happy=20, sad=21, users=3, held_out=8, corrections=())
FIGURES = {"decision": "promote", "before": {}, "after": {}}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    shipped = model_folder(tmp_path, "first")
    return Registry(tmp_path / "models", shipped)


async def begin(database: Database, by: int | None = ALEX, mode: str = "head") -> int:
    return await runs.begin(database, COUNTS, mode=mode, parent="first", by=by, now=NOW)


async def only_run(database: Database) -> Run:
    (run,) = await read_runs(database)
    return run


async def test_a_run_is_stored_from_its_beginning_to_its_end(database: Database) -> None:
    run = await begin(database)
    assert (await only_run(database)).state is State.RUNNING
    reasons = (
        StoredMessage("It is {much} better.", {"much": "1.5 {points}"}),
        StoredMessage("{Really}!"),
    )
    await runs.decide(database, run, "second", reasons, FIGURES)
    await runs.finish(database, run, State.PROMOTED, NOW + 40)
    found = await runs.newest(database)
    assert found == await only_run(database)
    assert found is not None
    assert (found.started_by, found.ended_at, found.state) == (ALEX, NOW + 40, State.PROMOTED)
    assert (found.parent, found.version, found.reasons) == ("first", "second", reasons)
    assert list(map(str, reasons)) == ["It is 1.5 {points} better.", "{Really}!"]
    assert (found.samples, found.happy, found.sad, found.users) == (41, 20, 21, 3)
    assert found.figures == FIGURES


async def test_what_admins_do_is_in_the_audit_but_is_no_retraining(database: Database) -> None:
    run = await begin(database)
    await runs.note(database, State.ROLLED_BACK, "first", before="second", by=ALEX, now=NOW)
    rolled_back, begun = await read_runs(database)
    assert (rolled_back.mode, rolled_back.state) == (runs.BY_HAND, State.ROLLED_BACK)
    assert (rolled_back.parent, rolled_back.version) == ("second", "first")
    assert begun.id == run
    newest = await runs.newest(database)
    assert newest is not None
    assert newest.id == run
    assert await runs.newest(database, State.KEPT) is None
    assert await runs.newest(database, mode="full") is None


async def test_an_erased_admin_is_not_named_any_more(database: Database) -> None:
    run = await begin(database)
    held = await records_of(database, ALEX)
    assert [one["id"] for one in held["retrainings"]] == [run]
    await user_data.erase(database, ALEX)
    assert (await only_run(database)).started_by is None


async def test_a_run_may_have_been_started_by_nobody(database: Database) -> None:
    await begin(database, by=None)
    assert (await records_of(database, ANNA))["retrainings"] == []
    assert (await only_run(database)).state is State.RUNNING


async def test_a_run_without_a_process_was_interrupted(
    database: Database, registry: Registry
) -> None:
    run = await begin(database)
    (recovered,) = await recover_interrupted_runs(database, registry)
    assert (recovered.id, recovered.state) == (run, State.INTERRUPTED)
    assert "before it came to a result" in str(recovered.reasons[0])
    assert recovered.ended_at is not None
    assert await recover_interrupted_runs(database, registry) == []


async def test_a_running_run_is_left_alone(database: Database, registry: Registry) -> None:
    await begin(database)
    with acquire_lock(registry.retrain_lock):
        assert await recover_interrupted_runs(database, registry) == []
        assert (await only_run(database)).state is State.RUNNING
        assert len(await recover_runs(database, registry)) == 1  # the caller holds the lock


async def test_with_nothing_to_recover_it_does_not_wait_for_other_writers(
    database: Database, registry: Registry
) -> None:
    await runs.finish(database, await begin(database), State.KEPT, NOW)
    async with database.writing():
        assert await recover_interrupted_runs(database, registry) == []


@pytest.mark.parametrize(
    ("decision", "got_to", "state", "reason"),
    [
        ("promote", "stored", State.INTERRUPTED, "before its result was stored"),
        ("promote", "added", State.INTERRUPTED, "that can be done by hand"),
        ("promote", "promoted", State.PROMOTED, "It is better."),
        ("keep", "stored", State.INTERRUPTED, "before its result was stored"),
        ("keep", "added", State.KEPT, "It is better."),
    ],
)
async def test_an_interrupted_run_is_closed_by_how_far_it_got(
    database: Database,
    registry: Registry,
    tmp_path: Path,
    decision: str,
    got_to: str,
    state: State,
    reason: str,
) -> None:
    run = await begin(database)
    figures = {**FIGURES, "decision": decision}
    await runs.decide(database, run, "second", [StoredMessage("It is better.")], figures)
    if got_to != "stored":
        registry.add(model_folder(tmp_path, "second"))
    if got_to == "promoted":
        registry.promote("second")
    (recovered,) = await recover_interrupted_runs(database, registry)
    assert recovered.state is state
    assert [reason in str(one) for one in recovered.reasons] == [True]


async def test_drafts_of_an_interrupted_run_are_removed(
    database: Database, registry: Registry
) -> None:
    drafts = registry.retrain_lock.with_name(".retraining")
    drafts.mkdir(parents=True)
    assert len(registry.verify()) == 1
    await recover_interrupted_runs(database, registry)
    assert registry.verify() == []
