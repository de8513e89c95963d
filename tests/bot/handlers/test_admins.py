"""Commands and buttons that only admins have."""

import pytest

from bot.errors import UnknownButtonError
from bot.handlers.admin import review
from bot.keyboards import models, retraining
from bot.replies import photos as replies
from bot.replies import stats as admin_replies
from tests.support.fake_telegram import ALEX, ANNA, GROUP, FakeTelegram, Json
from tests.support.fake_user import FakeUser, command, from_alex

ADMIN_PREFIXES = (review.PREFIX, retraining.PREFIX, models.PREFIX)
COMMANDS = [f"/{name}" for name, _ in admin_replies.commands()]


@pytest.mark.parametrize("text", COMMANDS)
async def test_admin_commands_of_others_are_unknown_commands(
    anna: FakeUser, telegram: FakeTelegram, text: str
) -> None:
    await anna.send(anna.message(**command("/foo")))
    await anna.send(anna.message(**command(text)))
    unknown, given = telegram.called("sendMessage")
    assert given == unknown
    assert {name for name, _ in telegram.calls} == {"getMe", "sendMessage"}


@pytest.mark.parametrize("text", COMMANDS)
async def test_admin_commands_in_groups_are_not_answered(
    anna: FakeUser, telegram: FakeTelegram, text: str
) -> None:
    await anna.send({**anna.message(chat=GROUP, **command(text)), "from": ALEX})
    assert telegram.texts == []


@pytest.mark.parametrize("text", COMMANDS)
async def test_admin_commands_of_admins_are_answered(
    anna: FakeUser, telegram: FakeTelegram, text: str
) -> None:
    await anna.send(from_alex(anna, "/foo"))
    await anna.send(from_alex(anna, text))
    unknown, *answers = telegram.texts
    assert answers
    assert unknown not in answers


@pytest.mark.parametrize("user", [ALEX, ANNA])
async def test_a_tap_without_data_is_refused(
    anna: FakeUser, telegram: FakeTelegram, user: Json
) -> None:
    await anna.press(None, user)
    assert telegram.toasts == [replies.refusal(UnknownButtonError(""))]
    assert [name for name, _ in telegram.calls] == ["getMe", "answerCallbackQuery"]


@pytest.mark.parametrize("data", [f"{prefix}x" for prefix in ADMIN_PREFIXES])
async def test_taps_of_others_on_admin_buttons_are_refused_as_unknown_buttons(
    anna: FakeUser, telegram: FakeTelegram, data: str, caplog: pytest.LogCaptureFixture
) -> None:
    await anna.press(data, ANNA)
    assert telegram.toasts == [replies.refusal(UnknownButtonError(""))]
    assert [name for name, _ in telegram.calls] == ["getMe", "answerCallbackQuery"]
    assert "Tap refused" in caplog.text
