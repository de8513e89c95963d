"""Retrainings that are killed, and a disk that fills up: nothing may be damaged."""

import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bot.storage.runs import State
from model.registry.registry import Registry
from tests.support.model_versions import SHIPPED_NAME
from tests.support.retraining_command import WAIT_S, read_runs, recovered, retrain, serving, start
from tests.support.retraining_process import Fault, fill_disk, kill_process, retrain_with_fault

KILLS = int(os.environ.get("RETRAIN_KILLS", "8"))  # RETRAIN_KILLS=50 for a thorough look
SEED = int(os.environ.get("RETRAIN_SEED", random.randrange(10**6)))

pytestmark = [pytest.mark.process, pytest.mark.timeout(120 + 30 * KILLS)]


def expect_intact(data: Path) -> None:
    """Check after a fault that nothing is damaged, and that every run has ended."""
    recovered(data)
    assert Registry(data / "models").verify() == [], f"RETRAIN_SEED={SEED}"
    states = [run.state for run in read_runs(data)]
    assert State.RUNNING not in states, f"RETRAIN_SEED={SEED}"
    assert (serving(data) != SHIPPED_NAME) == (State.PROMOTED in states), f"RETRAIN_SEED={SEED}"


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
