"""Retraining as the bot starts it: real processes; most of them with a fake training."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.storage.database import MAX_WAIT_S
from model.prediction.predictor import Predictor
from model.registry.registry import Registry
from scripts.retrain import main
from tests.support.bot_process import REPOSITORY
from tests.support.model_versions import SHIPPED_NAME
from tests.support.retraining_command import (
    SAMPLES,
    WAIT_S,
    read_runs,
    recovered,
    retrain,
    serving,
    start,
)
from tests.support.retraining_process import ADMIN

pytestmark = [pytest.mark.process, pytest.mark.timeout(360)]


@pytest.mark.long
@pytest.mark.training
def test_with_the_real_training_there_is_a_version_that_can_serve(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.retrain", "--data", data, "--json"],
        cwd=REPOSITORY,
        env={**os.environ, "BOT_ADMINS": str(ADMIN), "BOT_DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
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
    assert finished["parent"] == SHIPPED_NAME
    assert finished["version"] == serving(data)
    assert Path(finished["plot"]).read_bytes().startswith(b"\x89PNG")
    assert finished["before"]["corrections"]["accuracy"] == 0.5
    (run,) = read_runs(data)
    assert (run.state, run.version, run.parent) == ("promoted", serving(data), SHIPPED_NAME)
    reasons = [
        "On the 10 corrections and confirmations held out it is right 9 times, the model in "
        "service 5 times.",
        "It corrects 5 of these mistakes and spoils 1 of these right answers. Of the next 100 "
        "answers, about 40 more should be right.",
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
    assert serving(data) == SHIPPED_NAME
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
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, process.pid) >= min(own + 10, 19)  # 19 is the lowest
    process.kill()
    process.communicate()


@pytest.mark.parametrize("option", [["--json"], ["--seed", "2"], ["--started-by", "7"]])
def test_watching_takes_no_options_of_a_single_run(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--watch", *option])
    assert "--watch goes with --data-dir" in capsys.readouterr().err
