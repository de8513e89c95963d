"""What only admins get: for everybody else it does not exist."""

import pytest

from bot.replies import stats as admin_replies
from tests.support.fakes import ALEX, GROUP, Chatter, FakeTelegram, Json, command

ALEXS_CHAT = {"id": ALEX["id"], "type": "private", "first_name": "Alex"}
COMMANDS = [f"/{name}" for name, _ in admin_replies.commands()]


def from_alex(people: Chatter, text: str) -> Json:
    """A command of the admin's, in their own chat with the bot."""
    return {**people.message(chat=ALEXS_CHAT, **command(text)), "from": ALEX}


@pytest.mark.parametrize("text", COMMANDS)
async def test_for_others_it_is_as_any_unknown_command(
    anna: Chatter, telegram: FakeTelegram, text: str
) -> None:
    await anna.send(anna.message(**command("/foo")))
    await anna.send(anna.message(**command(text)))
    unknown, given = telegram.called("sendMessage")
    assert given == unknown
    assert {name for name, _ in telegram.calls} == {"getMe", "sendMessage", "deleteMyCommands"}


@pytest.mark.parametrize("text", COMMANDS)
async def test_in_groups_even_admins_get_silence(
    anna: Chatter, telegram: FakeTelegram, text: str
) -> None:
    await anna.send({**anna.message(chat=GROUP, **command(text)), "from": ALEX})
    assert telegram.texts == []


@pytest.mark.parametrize("text", COMMANDS)
async def test_admins_are_answered(anna: Chatter, telegram: FakeTelegram, text: str) -> None:
    await anna.send(from_alex(anna, "/foo"))
    await anna.send(from_alex(anna, text))
    unknown, *answers = telegram.texts
    assert answers
    assert unknown not in answers
