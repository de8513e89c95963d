"""The retraining as a program of its own, which the bot listens to."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.retraining.exit_status import ExitStatus
from bot.retraining.observed import RetrainExit
from bot.retraining.process import RetrainProcess, environment_for
from bot.settings import load_settings
from model.retraining.progress import Progress
from tests.support.scripted_retraining import WAIT, FakeProgram, failed, started, training


async def until(process: RetrainProcess, happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not happened():
            await process.wait_for_change()


async def wait_for_start(process: RetrainProcess) -> None:
    await until(process, lambda: process.progress == Progress(eta_s=25))


async def wait_for_exit(process: RetrainProcess) -> RetrainExit:
    await until(process, lambda: process.progress is None)
    ended = process.take_exit()
    assert ended is not None
    assert process.take_exit() is None
    return ended


async def test_its_progress_is_read(program: FakeProgram, process: RetrainProcess) -> None:
    program.set_output(started(7), training(7, epoch=3), WAIT)
    assert await process.start()
    await until(process, lambda: process.progress is not None and process.progress.epoch == 3)
    assert process.progress == Progress("training", 3, 30, 3, 30, 0.21, 0.95, 12, 0.05)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (0, ExitStatus.FINISHED),
        (3, ExitStatus.NOTHING_NEW),
        (4, ExitStatus.ALREADY_RUNNING),
        (130, ExitStatus.STOPPED),
    ],
)
async def test_its_exit_status_is_read(
    program: FakeProgram, process: RetrainProcess, code: int, status: ExitStatus
) -> None:
    program.set_output(started(7), status=code)
    await process.start()
    assert await wait_for_exit(process) == RetrainExit(status, 7)


async def test_the_reason_of_a_failure_is_read(
    program: FakeProgram, process: RetrainProcess
) -> None:
    program.set_output(started(7), failed(7, "the disk is full"), status=1)
    await process.start()
    assert await wait_for_exit(process) == RetrainExit(ExitStatus.FAILED, 7, "the disk is full")


async def test_a_crash_is_a_failure(program: FakeProgram, process: RetrainProcess) -> None:
    program.set_output(status=77)
    await process.start()
    assert await wait_for_exit(process) == RetrainExit(
        ExitStatus.FAILED, None, "it ended with status 77"
    )


async def test_a_program_that_cannot_be_started_is_a_failure() -> None:
    process = RetrainProcess(["/no/such/program"], {})
    assert await process.start()
    ended = await wait_for_exit(process)
    assert ended.status is ExitStatus.FAILED
    assert "/no/such/program" in ended.reason


async def test_a_second_start_is_refused(program: FakeProgram, process: RetrainProcess) -> None:
    program.set_output(WAIT)
    assert sorted(await asyncio.gather(process.start(1000), process.start(1001))) == [False, True]


async def test_after_its_end_it_can_be_started_again(
    program: FakeProgram, process: RetrainProcess
) -> None:
    program.set_output(started(7))
    for _ in range(2):
        assert await process.start()
        assert (await wait_for_exit(process)).status is ExitStatus.FINISHED


async def test_it_stops_when_asked_to(program: FakeProgram, process: RetrainProcess) -> None:
    program.set_output(started(7), WAIT)
    assert not process.stop()
    await process.start()
    await wait_for_start(process)
    assert process.stop()
    assert process.stopping
    assert process.stop()
    assert (await wait_for_exit(process)).status is ExitStatus.STOPPED
    assert not process.stop()


async def test_a_failure_after_being_stopped_counts_as_stopped(
    program: FakeProgram, process: RetrainProcess
) -> None:
    program.set_output(started(7), WAIT, status=1, ignores_signals=True)
    await process.start()
    await wait_for_start(process)
    assert process.stop()
    await program.resume()
    assert await wait_for_exit(process) == RetrainExit(ExitStatus.STOPPED, 7)


async def test_closing_ends_it_even_if_it_ignores_signals(
    program: FakeProgram, process: RetrainProcess
) -> None:
    program.set_output(started(7), WAIT, ignores_signals=True)
    await process.start()
    await wait_for_start(process)
    await process.close()
    assert (await wait_for_exit(process)).status is ExitStatus.STOPPED


@pytest.mark.parametrize("line", ["no JSON", "[]", '{"event": "failed"}', "{}", "7", '"\\ud800"'])
async def test_lines_that_are_no_events_are_skipped(
    program: FakeProgram, process: RetrainProcess, line: str
) -> None:
    program.set_output(line, started(7))
    await process.start()
    assert await wait_for_exit(process) == RetrainExit(ExitStatus.FINISHED, 7, "")


async def test_an_endless_line_ends_it(program: FakeProgram, process: RetrainProcess) -> None:
    program.set_output(started(7), "x" * 2**21, WAIT)
    await process.start()
    assert (await wait_for_exit(process)).status is ExitStatus.FAILED


async def test_its_log_goes_to_the_bots_log_and_it_does_not_get_the_token(
    tmp_path: Path,
    program: FakeProgram,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:token-for-tests-and-nothing-else")
    monkeypatch.setenv("https_proxy", "http://anna:hunter2@127.0.0.1:3128")
    monkeypatch.setenv("BOT_DATA_DIR", str(tmp_path))
    caplog.set_level("INFO", "bot")
    environment = environment_for(load_settings(tmp_path / "none"))
    assert "hunter2" not in "".join(environment.values())
    assert environment["BOT_DATABASE_URL"].endswith("bot.sqlite3")
    process = RetrainProcess(program.command, environment)
    await process.start(started_by=1000)
    await wait_for_exit(process)
    assert "Retraining: started by 1000" in caplog.text
    assert "the token is not known" in caplog.text
