"""Which commands are offered to whom; the end-to-end tests see them as people do."""

import json

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.i18n import LANGUAGES
from bot.replies import help as help_replies
from bot.replies import stats as admin_replies
from bot.services.command_menus import set_menus
from tests.support.fake_telegram import ALEX, ANNAS_CHAT, FakeTelegram, Json, fake_bot
from tests.support.fake_user import FakeUser, command

EACH = 1 + len(LANGUAGES)  # calls for each menu
ALEXS_CHAT = {"id": ALEX["id"], "type": "private", "first_name": "Alex"}


def menus(telegram: FakeTelegram) -> dict[str, list[str]]:
    """Return the command names in each menu that was set, by scope and, if it has one, chat id."""
    found = {}
    for call in telegram.called("setMyCommands"):
        scope, commands = _json(call["scope"]), _json(call["commands"])
        name = f"{scope['type']} {scope.get('chat_id', '')}".strip()
        found[name] = [entry["command"] for entry in commands]
    return found


def _json(value: str | Json) -> Json:
    return json.loads(value) if isinstance(value, str) else value


def names(*commands: tuple[str, str]) -> list[str]:
    return [name for name, _ in commands]


async def test_admins_have_more_commands_in_their_menu(telegram: FakeTelegram) -> None:
    await set_menus(fake_bot(telegram), {1000, 1002})
    everybody = names(*help_replies.commands())
    admins = everybody + names(*admin_replies.commands())
    assert menus(telegram) == {
        "all_private_chats": everybody,
        "all_group_chats": names(*help_replies.group_commands()),
        "chat 1000": admins,
        "chat 1002": admins,
    }


@pytest.mark.parametrize(
    "error", [BadRequest("Chat not found"), Forbidden("bot was blocked by the user")]
)
async def test_an_admin_who_cannot_be_reached_is_skipped(
    telegram: FakeTelegram, error: TelegramError
) -> None:
    done = (200, {"ok": True, "result": True})
    telegram.fail("setMyCommands", *[done] * 2 * EACH, *[error] * EACH)
    await set_menus(fake_bot(telegram), {1000, 1002})
    assert "chat 1002" in menus(telegram)


async def test_network_errors_are_passed_on(telegram: FakeTelegram) -> None:
    telegram.fail("setMyCommands", NetworkError("away"))
    with pytest.raises(NetworkError):
        await set_menus(fake_bot(telegram), {1000})


async def test_an_admin_gets_the_menu_with_start(anna: FakeUser, telegram: FakeTelegram) -> None:
    start = anna.message(chat=ALEXS_CHAT, **command("/start"))
    await anna.send({**start, "from": ALEX})
    assert list(menus(telegram)) == ["chat 1000"]


async def test_others_get_no_admin_menu_with_start(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.message(chat=ANNAS_CHAT, **command("/start")))
    assert menus(telegram) == {}


async def test_a_former_admin_loses_the_menu_with_the_first_command(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.message(**command("/stats")))
    assert telegram.texts == [help_replies.send_a_photo()]
    dropped = telegram.called("deleteMyCommands")
    assert [_json(call["scope"])["chat_id"] for call in dropped] == [1001] * EACH
    assert {call.get("language_code") for call in dropped} == {None, *LANGUAGES}
    await anna.send({**anna.message(chat=ALEXS_CHAT, **command("/stats")), "from": ALEX})
    assert len(telegram.called("deleteMyCommands")) == EACH
