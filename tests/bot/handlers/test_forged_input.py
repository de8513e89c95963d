"""Taps with data that no button has, and names made to break replies and logs."""

import logging

import pytest
from sqlalchemy import select

from bot.replies.images import describe_image_error
from bot.storage.database import Database
from bot.storage.schema import corrections
from model.errors import DamagedImageError
from tests.support.fake_model import FakePredictor
from tests.support.fake_telegram import ALEX, ANNA, BEN, FakeTelegram, Json
from tests.support.fake_user import FakeUser, command

HUGE = 9**25
KEY = "0" * 20  # of no version
FORGED = [
    "",
    "v1",
    "v0:1:0:h",
    "v2:{answer}:0:h",
    "v1:1:0:h",
    "v1:0:0:h",
    "v1:{answer}:9999:h",
    "v1:{answer}:-1:h",
    "v1:{answer}:٠:h",
    "v1:１:0:h",
    "v1:{answer}:0:H",
    "v1:{answer}:0:w ",
    "v1:{answer}:0:h\0",
    "v1:{answer}:0:h\n:w",
    f"v1:{HUGE}:0:h",
    "v1:zzzzzzzzzzzzz:0:w",
    "\n" * 64,
    "\ud83d" * 21,
    "\u202e" * 21,
    "💣" * 16,
    "%s%n{0}<b>&amp;",
    "'; DROP TABLE answers; --",
    "forget:",
    "forget:yes ",
    "forget:no\n",
    "rv:",
    "rv:a:",
    "rv:a:٣",
    f"rv:a:{HUGE}-00000000",
    "rv:a:999999999999999999-00000000",
    "rv:u:999999999999999999",
    "rv:x:1",
    "retrain:",
    "retrain:start:1-00000000 ",
    f"retrain:start:{HUGE}-00000000",
    "retrain:start:999999999999999999-00000000",
    "retrain:stop:",
    "models:",
    f"models:list:yes:{KEY}",
    f"models:card:ask:{KEY}",
    f"models:card:back:{KEY}",
    f"models:card:no:{'0' * 19}\u0660",
]


@pytest.mark.parametrize("user", [ANNA, BEN, ALEX], ids=["the sender", "another user", "an admin"])
async def test_forged_taps_are_answered_and_change_nothing(
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    user: Json,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await anna.send(anna.photo())
    answer = telegram.answer
    for number, forgery in enumerate(FORGED, 1):
        data = forgery.replace("{answer}", answer)
        await anna.press(data, user)
        assert len(telegram.toasts) == number, data
        assert telegram.toasts[-1], data
    async with database.reading() as connection:
        assert (await connection.execute(select(corrections))).all() == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


NAMES = [
    "\x1b]0;owned\x07\x1b[2J",
    "a\r\n2026-01-01 00:00:00,000 ERROR   bot: forged",
    "\u202egpj.exe\u202c\u2066",
    "</code><b>&<script>",
    "{0.__class__}%(user)s%n\ud800" + "\0" * 200 + "😊" * 2000,
]


@pytest.mark.parametrize("name", NAMES)
async def test_names_of_people_and_files_appear_in_no_reply_and_no_log(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    sender = {**ANNA, "first_name": name, "last_name": name, "username": name}
    await anna.send(anna.message(**command("/start")))
    welcome = telegram.texts[-1]
    await anna.send({**anna.message(**command("/start")), "from": sender})
    assert telegram.texts[-1] == welcome
    predictor.default = DamagedImageError()
    await anna.send({**anna.document(f"{name}.png", name, caption=name), "from": sender})
    assert telegram.texts[-1] == describe_image_error(DamagedImageError())
    await anna.send({**anna.document(name, "text/plain", caption=name), "from": sender})
    assert "I cannot judge this kind of file" in telegram.texts[-1]
    assert name not in caplog.text
