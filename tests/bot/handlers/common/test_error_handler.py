import logging

import pytest
from telegram.error import Forbidden, NetworkError

from bot.errors import TakenOverError
from bot.replies import photos as replies
from bot.sandbox.state.refusals import REFUSALS
from tests.support.fake_model import FakePredictor
from tests.support.fake_telegram import FakeTelegram, Json
from tests.support.fake_user import FakeUser

MIGRATED = {"parameters": {"migrate_to_chat_id": -2002}}
CHAT_IS_CLOSED = (
    "blocked", "deactivated", "kicked_from_group", "kicked_from_supergroup", "not_a_member",
    "group_deleted", "chat_not_found", "migrated", "no_text_rights", "no_rights",
    "write_forbidden", "topic_closed", "reply_not_found",
)  # fmt: skip


def refusal(kind: str) -> tuple[int, Json]:
    status, description = REFUSALS[kind]
    more = MIGRATED if kind == "migrated" else {}
    return status, {"ok": False, "error_code": status, "description": description, **more}


@pytest.mark.parametrize("kind", CHAT_IS_CLOSED)
async def test_where_the_bot_may_not_write_there_is_one_line_and_no_second_attempt(
    anna: FakeUser, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.INFO, "bot")
    telegram.fail("sendChatAction", *[refusal(kind)] * 9)
    telegram.fail("sendMessage", refusal(kind))
    await anna.send(anna.photo())
    (record,) = caplog.records
    assert record.levelname == "INFO"
    assert not record.exc_info
    assert len(telegram.called("sendMessage")) == 1


async def test_a_failed_reply_is_followed_by_an_apology(
    anna: FakeUser, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fail("sendMessage", NetworkError("gone"))
    await anna.send(anna.photo())
    assert telegram.texts[1:] == [replies.apology()]
    (record,) = caplog.records
    assert not record.exc_info


async def test_a_bug_is_logged_with_its_traceback_and_followed_by_an_apology(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    predictor.default = ZeroDivisionError("a bug")
    await anna.send(anna.photo())
    assert telegram.texts == [replies.apology()]
    assert caplog.records[0].exc_info
    assert "ZeroDivisionError: a bug" in caplog.text


async def test_what_another_replica_has_taken_over_is_not_answered(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    predictor.default = TakenOverError()
    await anna.send(anna.photo())
    assert telegram.texts == []
    assert [record.levelname for record in caplog.records] == ["INFO"]


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


@pytest.mark.parametrize("error", [NetworkError("gone"), Forbidden("bot was blocked by the user")])
@pytest.mark.parametrize("method", ["answerCallbackQuery", "editMessageReplyMarkup"])
async def test_a_tap_that_was_stored_is_not_apologised_for(
    anna: FakeUser,
    telegram: FakeTelegram,
    caplog: pytest.LogCaptureFixture,
    method: str,
    error: Exception,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    await anna.send(anna.photo())
    caplog.clear()
    telegram.fail(method, error)
    await anna.tap("👍 Right")
    assert len(telegram.called("answerCallbackQuery")) == 1
    assert replies.apology() not in [*telegram.toasts, *telegram.texts]
    (record,) = caplog.records
    assert not record.exc_info


async def test_what_cannot_be_said_after_a_tap_is_not_apologised_for(
    anna: FakeUser, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    await anna.send(anna.photo())
    telegram.fail("sendPhoto", NetworkError("gone"))
    telegram.fail("sendMessage", NetworkError("gone"))
    await anna.tap("Why?")
    assert replies.apology() not in [*telegram.toasts, *telegram.texts]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
