import subprocess
import sys
from io import BytesIO

import pytest
from PIL import Image
from telegram.error import NetworkError

from bot.replies import stats as admin_replies
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import ALEXS_CHAT, FakeTelegram
from tests.support.fake_user import FakeUser, from_alex


async def test_without_photos_there_are_no_statistics(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(from_alex(anna, "/stats"))
    assert telegram.texts == [admin_replies.nothing_yet()]


async def test_an_admin_gets_figures_and_a_plot(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    for probability, label in ((0.9, "👍 Right"), (0.1, "It's 😊 Happy"), (0.6, "It's 😢 Sad")):
        predictor.default = verdict_with(probability)
        await anna.send(anna.photo())
        await anna.tap(label)
    await anna.send(from_alex(anna, "/stats"))
    (sent,) = telegram.called("sendPhoto")
    assert sent["chat_id"] == ALEXS_CHAT["id"]
    assert sent["caption"].splitlines() == [
        "On record: 3 photos from 1 person, 3 today, 3 in the last 30 days.",
        "3 corrections so far; currently labelled: 2 happy, 1 sad, 0 not a face.",
        "When I was sure and the answer is known, I was right 1 out of 2 times (50\u202f%).",
        "Keep in mind: people tap more often when I am wrong.",
    ]
    with Image.open(BytesIO(sent["photo"])) as picture:
        assert picture.size == (960, 1280)


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
