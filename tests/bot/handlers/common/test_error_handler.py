import logging

import pytest
from telegram.error import Forbidden, NetworkError

from bot.replies import photos as replies
from tests.support.fake_model import FakePredictor
from tests.support.fake_telegram import FakeTelegram
from tests.support.fake_user import FakeUser


async def test_a_user_who_blocked_the_bot_is_not_an_error(
    anna: FakeUser, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    telegram.fail("sendMessage", Forbidden("bot was blocked by the user"))
    await anna.send(anna.photo())
    (record,) = caplog.records
    assert record.levelname == "INFO"
    assert "blocked" in record.getMessage()
    assert len(telegram.called("sendMessage")) == 1


async def test_a_failed_reply_is_followed_by_an_apology(
    anna: FakeUser, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fail("sendMessage", NetworkError("gone"))
    await anna.send(anna.photo())
    assert telegram.texts[1:] == [replies.apology()]
    assert caplog.records[0].exc_info


async def test_a_failed_apology_is_logged(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    predictor.default = ZeroDivisionError("a bug")
    telegram.fail("sendMessage", NetworkError("gone"))
    await anna.send(anna.photo())
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


async def test_a_failed_tap_is_answered_with_an_apology(
    anna: FakeUser, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    await anna.send(anna.photo())
    telegram.fail("answerCallbackQuery", NetworkError("gone"))
    await anna.tap("👍 Right")
    assert telegram.called("answerCallbackQuery")[-1]["show_alert"]
    assert telegram.toasts[-1] == telegram.texts[-1] == replies.apology()
    assert caplog.records[0].exc_info
