"""Where a retraining runs: with a watcher, or beside the bot."""

import time
from pathlib import Path

import pytest

from bot.errors import NobodyRetrainsError
from bot.retraining.exit_status import ExitStatus
from bot.retraining.observed import RetrainExit
from bot.retraining.process import RetrainProcess
from bot.retraining.remote import RemoteRetraining
from bot.retraining.runner import RetrainingRunner, watch_command
from bot.settings import load_local_settings
from bot.storage import retraining_watchers
from bot.storage.database import Database
from tests.support.fake_telegram import ALEX
from tests.support.scripted_retraining import WAIT, FakeProgram

ADMIN = ALEX["id"]


async def test_a_watcher_goes_first(
    process: RetrainProcess,
    remote: RemoteRetraining,
    database: Database,
    program: FakeProgram,
) -> None:
    program.set_output(WAIT)
    for can_train in (True, False):
        runner = RetrainingRunner(process, remote, lambda can=can_train: can, "the command")
        await retraining_watchers.beat(database, "watcher", round(time.time()))
        await runner.check()
        assert await runner.start(ADMIN)
        assert not await runner.start(ADMIN)
        assert runner.is_remote
        assert not process.is_running
        assert await runner.stop()
        await runner.forget_exit()
        assert runner.take_exit() == RetrainExit(ExitStatus.STOPPED, None)
        await runner.forget_exit()


async def test_without_a_watcher_it_runs_here_if_it_can(
    process: RetrainProcess, remote: RemoteRetraining, program: FakeProgram
) -> None:
    program.set_output(WAIT)
    runner = RetrainingRunner(process, remote, can_train=lambda: False, watch_command="the command")
    for attempt in (runner.check, runner.start):
        with pytest.raises(NobodyRetrainsError, match="the command"):
            await attempt()
    runner = RetrainingRunner(process, remote, can_train=lambda: True, watch_command="the command")
    await runner.check()
    assert await runner.start(ADMIN)
    assert process.is_running
    assert not runner.is_remote
    assert not await runner.start(ADMIN)
    assert runner.key == process.key
    assert await runner.stop()


def test_the_command_names_the_folder_and_the_settings(tmp_path: Path) -> None:
    folder = tmp_path / "my data"
    settings = load_local_settings(tmp_path / "none", bot_data_dir=folder)
    command = f"photo-mood retrain --watch --data-dir '{folder}'"
    assert watch_command(settings) == command
    file = tmp_path / "settings"
    file.touch()
    settings = load_local_settings(file, bot_data_dir=folder)
    assert watch_command(settings) == f"{command} --env-file {file}"
