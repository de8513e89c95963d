"""Retraining as the bot starts it: real processes; most of them with a fake training."""

import asyncio
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.retraining.crash_recovery import recover_interrupted_runs
from bot.storage.database import MAX_WAIT_S, open_database
from bot.storage.runs import Run, State
from model.network.manifest import SHIPPED
from model.prediction.predictor import Predictor
from model.registry.registry import Registry
from tests.support import retraining_runs
from tests.support.labelled_faces import label_faces
from tests.support.retraining_process import (
    ADMIN,
    Fault,
    fill_disk,
    kill_process,
    retrain_with_fault,
)
from tests.support.stored_answers import address

ROOT = Path(__file__).parents[2]
SAMPLES = 10
KILLS = int(os.environ.get("RETRAIN_KILLS", "8"))  # RETRAIN_KILLS=50 for a thorough look
SEED = int(os.environ.get("RETRAIN_SEED", random.randrange(10**6)))
WAIT_S = 100

pytestmark = [pytest.mark.process, pytest.mark.timeout(120 + 30 * KILLS)]

Event = dict[str, Any]


@pytest.fixture(scope="module")
def labeled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a bot that an admin has corrected."""
    file = tmp_path_factory.mktemp("labeled") / "bot.sqlite3"

    async def fill() -> None:
        async with open_database(address(file)) as database:
            await label_faces(database, range(SAMPLES), ADMIN)

    asyncio.run(fill())
    return file


@pytest.fixture
def data(labeled: Path, tmp_path: Path) -> Path:
    """The data folder of that bot."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(labeled, folder)
    return folder


def start(data: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.retraining_process", data, "--json", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def retrain(data: Path, *options: str) -> tuple[int, list[Event]]:
    """Retrain; returns the exit status and what was told."""
    process = start(data, *options)
    told, errors = process.communicate(timeout=WAIT_S)
    assert "Traceback" not in errors, errors
    return process.returncode, [json.loads(line) for line in told.splitlines()]


def read_runs(data: Path) -> list[Run]:
    """Return the stored runs, newest first."""

    async def read() -> list[Run]:
        async with open_database(address(data / "bot.sqlite3")) as database:
            return await retraining_runs.read_runs(database)

    return asyncio.run(read())


def recovered(data: Path) -> list[Run]:
    """Return the runs that the next start of the bot closes."""

    async def recover_runs() -> list[Run]:
        async with open_database(address(data / "bot.sqlite3")) as database:
            return await recover_interrupted_runs(database, Registry(data / "models"))

    return asyncio.run(recover_runs())


def serving(data: Path) -> str:
    return Registry(data / "models").active().name


def shipped() -> str:
    return str(json.loads((SHIPPED / "manifest.json").read_text())["version"])


def expect_intact(data: Path) -> None:
    """Check after a fault that nothing is damaged, and that every run has ended."""
    recovered(data)
    assert Registry(data / "models").verify() == [], f"RETRAIN_SEED={SEED}"
    states = [run.state for run in read_runs(data)]
    assert State.RUNNING not in states, f"RETRAIN_SEED={SEED}"
    assert (serving(data) != shipped()) == (State.PROMOTED in states), f"RETRAIN_SEED={SEED}"


@pytest.mark.long
@pytest.mark.training
def test_with_the_real_training_there_is_a_version_that_can_serve(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.retrain", "--data", data, "--json"],
        cwd=ROOT,
        env={**os.environ, "BOT_ADMINS": str(ADMIN), "BOT_DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    (run,) = read_runs(data)
    assert run.state == told[-1]["decision"]
    version = Registry(data / "models").find(told[-1]["version"])
    assert Predictor(version.folder).version == version.name
    assert Path(told[-1]["plot"]).is_file()
    assert Registry(data / "models").verify() == []


def test_a_better_model_is_promoted_and_every_event_is_a_json_line(data: Path) -> None:
    status, told = retrain(data)
    assert status == 0
    started, *progress, finished = told
    assert started == {
        "event": "started",
        "run": 1,
        "lessons": SAMPLES,
        "new": SAMPLES,
        "happy": 5,
        "sad": 5,
        "users": 1,
        "held_out": started["held_out"],
        "estimate_s": started["estimate_s"],
    }
    assert {one["stage"] for one in progress} == {"features", "training", "gate"}
    assert all(one["event"] == "progress" and one["eta_s"] >= 0 for one in progress)
    assert finished["event"] == "finished"
    assert finished["decision"] == "promoted"
    assert finished["parent"] == shipped()
    assert finished["version"] == serving(data)
    assert Path(finished["plot"]).read_bytes().startswith(b"\x89PNG")
    assert finished["before"]["corrections"]["accuracy"] == 0.5
    (run,) = read_runs(data)
    assert (run.state, run.version, run.parent) == ("promoted", serving(data), shipped())
    reasons = [
        "On the 10 corrections and confirmations held out it is right 9 times, the model in "
        "service 5 times.",
        "Its confidence is off by 10.0 points on average, before 10.0.",
    ]
    assert finished["reasons"] == reasons
    assert [str(reason) for reason in run.reasons] == reasons
    assert run.figures is not None
    assert run.figures["after"] == finished["after"]


def test_a_model_that_is_not_better_is_kept_out_of_service(data: Path) -> None:
    status, told = retrain(data, "--keep")
    assert status == 0
    assert told[-1]["decision"] == "kept"
    assert serving(data) == shipped()
    assert Registry(data / "models").find(told[-1]["version"]).damaged is None
    assert [run.state for run in read_runs(data)] == ["kept"]


def test_samples_used_once_are_not_new(data: Path) -> None:
    assert retrain(data, "--keep")[0] == 0
    assert retrain(data) == (3, [{"event": "nothing_new", "run": None}])
    assert len(read_runs(data)) == 1


def test_two_never_run_at_once(data: Path) -> None:
    first = start(data, "--wait")
    assert first.stdout is not None
    first.stdout.readline()
    assert retrain(data) == (4, [])
    assert recovered(data) == []  # nor does a bot that starts take it for dead
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=WAIT_S)
    assert retrain(data)[0] == 0


@pytest.mark.long
def test_it_waits_for_a_database_that_is_being_rewritten(data: Path) -> None:
    database = sqlite3.connect(data / "bot.sqlite3", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    process = start(data)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3 * MAX_WAIT_S)
    database.close()
    told, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, told + errors
    assert [run.state for run in read_runs(data)] == ["promoted"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_when_stopped_it_says_so_and_changes_nothing(data: Path, number: signal.Signals) -> None:
    process = start(data, "--wait")
    assert process.stdout is not None
    while json.loads(process.stdout.readline()).get("stage") != "training":
        pass
    process.send_signal(number)
    told, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130
    assert json.loads(told.splitlines()[-1]) == {"event": "stopped", "run": 1}
    assert "Traceback" not in errors
    assert [run.state for run in read_runs(data)] == ["stopped"]
    assert Registry(data / "models").verify() == []
    assert retrain(data)[0] == 0  # what it would have learned is still new


def test_it_goes_on_when_the_pipe_is_closed(data: Path) -> None:
    process = start(data)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(WAIT_S) == 0
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert [run.state for run in read_runs(data)] == ["promoted"]


def test_a_training_that_takes_too_long_is_given_up(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_RETRAIN_MINUTES", "0.02")
    status, told = retrain(data, "--wait")
    assert status == 1
    assert told[-1]["reason"].startswith("It was not done after")
    assert [run.state for run in read_runs(data)] == ["failed"]


def test_a_training_that_breaks_is_a_failure_with_a_reason(data: Path) -> None:
    process = start(data, "--breaks")
    told, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 1
    assert json.loads(told.splitlines()[-1]) == {
        "event": "failed",
        "run": 1,
        "reason": "Something unexpected happened: ZeroDivisionError. The log says more.",
    }
    assert "ZeroDivisionError" in errors  # with its traceback, for who can mend it
    assert [run.state for run in read_runs(data)] == ["failed"]
    assert Registry(data / "models").verify() == []


def test_it_has_a_lower_priority(data: Path) -> None:
    process = start(data, "--wait")
    assert process.stdout is not None
    process.stdout.readline()
    assert os.getpriority(os.PRIO_PROCESS, process.pid) >= os.getpriority(os.PRIO_PROCESS, 0) + 10
    process.kill()
    process.communicate()


def with_fault(data: Path, fault: Fault, number: int) -> int:
    """Retrain while something happens at the given change of a file; returns the exit status."""
    # A server that has loaded everything makes the processes, so that each starts at once.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.retraining_process"])
    process = context.Process(target=retrain_with_fault, args=(fault, number, data))
    process.start()
    process.join(WAIT_S)
    assert process.exitcode is not None
    return process.exitcode


def another(data: Path, name: object) -> Path:
    """Copy the data folder."""
    return shutil.copytree(data, data.with_name(f"data {name}"))


@pytest.fixture
def changes(data: Path) -> list[int]:
    """Numbers of some changes of files during a retraining, chosen at random."""
    folder = another(data, "untouched")
    assert with_fault(folder, kill_process, 10**6) == 0
    count = int((folder / "changes.txt").read_text())
    return sorted(random.Random(SEED).sample(range(1, count + 1), min(KILLS, count)))


@pytest.mark.long
def test_killed_before_a_file_changes_everything_is_intact(data: Path, changes: list[int]) -> None:
    for number in changes:
        folder = another(data, number)
        assert with_fault(folder, kill_process, number) == -signal.SIGKILL
        expect_intact(folder)


def test_with_a_full_disk_everything_is_intact_and_the_reason_is_reported(
    data: Path, changes: list[int]
) -> None:
    for number in changes:
        folder = another(data, number)
        status = with_fault(folder, fill_disk, number)
        if status != 0:  # to remove what is not needed any more takes no room
            assert status == 1
            assert re.search("full|No space left", (folder / "output.txt").read_text())
        expect_intact(folder)


@pytest.mark.long
def test_killed_at_any_moment_everything_is_intact(data: Path) -> None:
    moments = random.Random(SEED)
    start_s = time.monotonic()
    assert retrain(another(data, "untouched"))[0] == 0
    duration_s = time.monotonic() - start_s
    for number in range(KILLS):
        folder = another(data, number)
        process = start(folder)
        with suppress(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0, duration_s))
        process.kill()
        process.communicate()
        expect_intact(folder)
    assert retrain(folder)[0] in (0, 3)
