import asyncio
import logging
import re
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from io import BytesIO

import pytest
from PIL import Image
from telegram.error import NetworkError

from bot.context import MoodApplication
from bot.errors import StorageError
from bot.logs import recent_errors
from bot.replies import account as account_replies
from bot.replies import stats as admin_replies
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import ALEXS_CHAT, TOKEN, FakeTelegram
from tests.support.fake_user import FakeUser, from_alex

logger = logging.getLogger(__name__)


async def test_without_photos_there_are_no_statistics(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(from_alex(anna, "/stats"))
    nothing, _, state = telegram.texts[0].partition("\n\n")
    assert nothing == admin_replies.nothing_yet()
    *lines, disk, errors = state.splitlines()
    assert lines == [
        f"Running time: 0 min, version {version('photo-mood-bot')}, model fake",
        "Nothing is waiting.",
        "No answers since the start",
    ]
    assert re.fullmatch(r"Free disk space: \d+\.\d GB", disk)
    assert errors == "No errors since the start"


async def test_an_admin_gets_figures_and_a_plot(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    taps = ((0.9, "👍 Right"), (0.1, "It's 😊 Happy"), (0.6, "It's 😢 Sad"))
    for probability, label in taps:
        predictor.default = verdict_with(probability)
        await anna.send(anna.photo())
        await anna.tap(label)
    for label in ("👍 Right", "It's 😊 Happy"):  # neither of which counts as sure
        predictor.default = verdict_with(0.1, neither=[0.9])
        await anna.send(anna.photo())
        await anna.tap(label)
    await anna.send(from_alex(anna, "/stats"))
    (sent,) = telegram.called("sendPhoto")
    assert sent["chat_id"] == ALEXS_CHAT["id"]
    assert sent["caption"].splitlines()[:7] == [
        "On record: 5 photos from 1 person, 5 today, 5 in the last 30 days.",
        "5 corrections so far; currently labelled: 3 happy, 1 sad, 1 neutral, 0 not a face.",
        "When I was sure and the answer is known, I was right 1 out of 2 times (50\u202f%).",
        "Keep in mind: people tap more often when I am wrong.",
        "",
        f"Running time: 0 min, version {version('photo-mood-bot')}, model fake",
        "Nothing is waiting.",
    ]
    assert "(latest: 5)" in sent["caption"]
    with Image.open(BytesIO(sent["photo"])) as picture:
        assert picture.size == (960, 1280)


async def test_what_waits_and_the_latest_errors_are_named(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication, predictor: FakePredictor
) -> None:
    predictor.gate.clear()
    waiting = asyncio.create_task(anna.send(anna.photo()))
    await asyncio.to_thread(predictor.began.wait, 30)
    with recent_errors([TOKEN]) as errors:
        application.services = replace(application.services, recent_errors=errors)
        for number in range(3):
            logger.error("Failure %d with %s\nand more", number, TOKEN)
        logger.error("A long one: %s", 100 * "long ")
        logger.warning("Nothing of importance")
        await anna.send(from_alex(anna, "/stats"))
    predictor.gate.set()
    await waiting
    _, queue, _, _, heading, first, second = telegram.texts[0].partition("\n\n")[2].splitlines()
    assert queue == "In the queue: 1 photo; in the inbox: 1 update, the oldest for 0 s"
    assert heading == "Errors since the start: 4. The latest, from the log:"
    assert first.endswith(" UTC: Failure 2 with <hidden>")
    assert second.endswith(" UTC: A long one: " + 17 * "long " + "lo…")


async def test_the_state_of_the_bot_comes_even_if_the_database_fails(
    anna: FakeUser, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise StorageError("disk I/O error")

    monkeypatch.setattr("bot.handlers.admin.stats.statistics.load_overview", fails)
    await anna.send(from_alex(anna, "/stats"))
    state, apology = telegram.texts
    assert state.startswith("Running time: 0 min")
    assert apology == account_replies.storage_unavailable()


async def test_without_the_plot_the_figures_are_sent_alone(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.photo())
    telegram.fail("sendPhoto", NetworkError("status 500"))
    await anna.send(from_alex(anna, "/stats"))
    assert telegram.texts[-1].startswith("On record: 1 photo from 1 person")


@pytest.mark.process
def test_the_bot_starts_without_importing_matplotlib() -> None:
    asked = "import sys, bot.app; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
