"""The retraining as a program of its own, which the bot listens to."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.retraining.process import (
    ExitReason,
    Progress,
    RetrainExit,
    RetrainProcess,
    environment_for,
)
from bot.settings import load_settings
from tests.support.scripted_retraining import WAIT, Play, failed, started, training


@pytest.fixture
async def ours(play: Play) -> AsyncIterator[RetrainProcess]:
    retraining = RetrainProcess(play.command, dict(os.environ))
    yield retraining
    await retraining.close()


async def until(ours: RetrainProcess, happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not happened():
            await ours.news()


async def it_began(ours: RetrainProcess) -> None:
    await until(ours, lambda: ours.progress is not None and ours.progress.run == 7)


async def the_end(ours: RetrainProcess) -> RetrainExit:
    await until(ours, lambda: ours.progress is None)
    ended = ours.take_exit()
    assert ended is not None
    assert ours.take_exit() is None
    return ended


async def test_its_progress_is_known(play: Play, ours: RetrainProcess) -> None:
    play.be(started(7), training(7, epoch=3), WAIT)
    assert await ours.start()
    await until(ours, lambda: ours.progress is not None and ours.progress.epoch == 3)
    assert ours.progress == Progress(7, "training", 3, 30, 3, 30, 0.21, 0.95, 12)


@pytest.mark.parametrize(
    ("status", "how"),
    [
        (0, ExitReason.FINISHED),
        (3, ExitReason.NOTHING_NEW),
        (4, ExitReason.ANOTHER_RUNS),
        (130, ExitReason.STOPPED),
    ],
)
async def test_how_it_ended_is_known(
    play: Play, ours: RetrainProcess, status: int, how: ExitReason
) -> None:
    play.be(started(7), status=status)
    await ours.start()
    assert await the_end(ours) == RetrainExit(how, 7, "")


async def test_why_it_failed_is_known(play: Play, ours: RetrainProcess) -> None:
    play.be(started(7), failed(7, "the disk is full"), status=1)
    await ours.start()
    assert await the_end(ours) == RetrainExit(ExitReason.FAILED, 7, "the disk is full")


async def test_one_that_crashes_has_failed(play: Play, ours: RetrainProcess) -> None:
    play.be(status=77)
    await ours.start()
    assert await the_end(ours) == RetrainExit(ExitReason.FAILED, None, "it ended with status 77")


async def test_one_that_cannot_be_started_has_failed() -> None:
    ours = RetrainProcess(["/no/such/program"], {})
    assert await ours.start()
    ended = await the_end(ours)
    assert ended.how is ExitReason.FAILED
    assert "/no/such/program" in ended.reason


async def test_two_at_once_are_one(play: Play, ours: RetrainProcess) -> None:
    play.be(WAIT)
    assert sorted(await asyncio.gather(ours.start(1000), ours.start(1001))) == [False, True]


async def test_after_one_there_may_be_another(play: Play, ours: RetrainProcess) -> None:
    play.be(started(7))
    for _ in range(2):
        assert await ours.start()
        assert (await the_end(ours)).how is ExitReason.FINISHED


async def test_it_stops_when_asked_to(play: Play, ours: RetrainProcess) -> None:
    play.be(started(7), WAIT)
    assert not ours.stop()
    await ours.start()
    await it_began(ours)
    assert ours.stop()
    assert ours.stopping
    assert ours.stop()
    assert (await the_end(ours)).how is ExitReason.STOPPED
    assert not ours.stop()


async def test_the_end_of_the_bot_is_its_end_even_if_it_does_not_listen(
    play: Play, ours: RetrainProcess
) -> None:
    play.be(started(7), WAIT, deaf=True)
    await ours.start()
    await it_began(ours)
    await ours.close()
    assert (await the_end(ours)).how is ExitReason.STOPPED


@pytest.mark.parametrize("line", ["no JSON", "[]", '{"event": "failed"}', "{}", "7", '"\\ud800"'])
async def test_what_it_cannot_understand_it_passes_over(
    play: Play, ours: RetrainProcess, line: str
) -> None:
    play.be(line, started(7))
    await ours.start()
    assert await the_end(ours) == RetrainExit(ExitReason.FINISHED, 7, "")


async def test_one_that_says_something_endless_is_ended(play: Play, ours: RetrainProcess) -> None:
    play.be(started(7), "x" * 2**21, WAIT)
    await ours.start()
    assert (await the_end(ours)).how is ExitReason.FAILED


async def test_its_log_is_the_bots_and_the_token_is_not_handed_on(
    tmp_path: Path, play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:token-for-tests-and-nothing-else")
    monkeypatch.setenv("BOT_DATA_DIR", str(tmp_path))
    caplog.set_level("INFO", "bot")
    environment = environment_for(load_settings(tmp_path / "none"))
    assert environment["BOT_DATABASE_URL"].endswith("bot.sqlite3")
    ours = RetrainProcess(play.command, environment)
    await ours.start(started_by=1000)
    await the_end(ours)
    assert "Retraining: started by 1000" in caplog.text
    assert "the token is not known" in caplog.text
