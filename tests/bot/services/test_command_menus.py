"""Which commands are offered to whom; the end-to-end tests see them as people do."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.context import MoodApplication, MoodBot
from bot.i18n import LANGUAGES
from bot.replies import help as help_replies
from bot.replies import stats as admin_replies
from bot.services import command_menus
from bot.services.command_menus import CommandMenus
from bot.storage.database import Database
from tests.support.fake_telegram import ALEX, ALEXS_CHAT, GROUP, FakeTelegram, Json, fake_bot
from tests.support.fake_user import FakeUser, command, from_alex

DONE = (200, {"ok": True, "result": True})
EACH = 1 + len(LANGUAGES)  # calls for each menu
EVERYBODYS = ["all_private_chats"] * EACH + ["all_group_chats"] * EACH
ALEXS, BENS = ["chat 1000"] * EACH, ["chat 1002"] * EACH


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_menus, "PAUSE_FACTOR", 0)


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[MoodBot]:
    async with fake_bot(telegram) as bot:
        yield bot


async def restart(
    bot: MoodBot, database: Database, *admins: int, wrote: tuple[int, ...] = ()
) -> None:
    """Do what a process does after its start, once these admins have written."""
    menus = CommandMenus(bot, database, admins)
    for admin in wrote:
        menus.admin_seen(admin, in_private=True)
    await menus.update()


@asynccontextmanager
async def running(menus: CommandMenus) -> AsyncIterator[None]:
    task = asyncio.create_task(menus.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def scopes(telegram: FakeTelegram, method: str = "setMyCommands") -> list[str]:
    """Return the scopes that a method was called for since the last time, and forget the calls."""
    found = [_json(call["scope"]) for call in telegram.called(method)]
    telegram.calls[:] = [call for call in telegram.calls if call[0] != method]
    return [f"{scope['type']} {scope.get('chat_id', '')}".strip() for scope in found]


def _json(value: str | Json) -> Json:
    return json.loads(value) if isinstance(value, str) else value


def names(*commands: tuple[str, str]) -> list[str]:
    return [name for name, _ in commands]


async def test_admins_have_more_commands_in_their_menu(
    bot: MoodBot, telegram: FakeTelegram, database: Database
) -> None:
    await restart(bot, database, 1000, 1002, wrote=(1000, 1002))
    menus = [
        [entry["command"] for entry in _json(call["commands"])]
        for call in telegram.called("setMyCommands")
    ]
    everybodys = names(*help_replies.commands())
    admins = everybodys + names(*admin_replies.commands())
    groups = names(*help_replies.group_commands())
    assert menus == [everybodys] * EACH + [groups] * EACH + [admins] * 2 * EACH
    assert scopes(telegram) == EVERYBODYS + ALEXS + BENS


async def test_a_restart_sets_no_menu_that_is_unchanged(
    bot: MoodBot, telegram: FakeTelegram, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await restart(bot, database, 1000, wrote=(1000,))
    telegram.calls.clear()
    await restart(bot, database, 1000, wrote=(1000,))
    assert [name for name, _ in telegram.calls] == ["getMyCommands"]
    monkeypatch.setattr(help_replies, "group_commands", lambda: [("mood", "Judge it")])
    await restart(bot, database, 1000)
    assert scopes(telegram) == ["all_group_chats"] * EACH


async def test_an_admin_who_has_not_written_is_not_asked_about(
    bot: MoodBot, telegram: FakeTelegram, database: Database
) -> None:
    await restart(bot, database, 1000)
    assert scopes(telegram) == EVERYBODYS


async def test_a_former_admin_loses_the_menu_at_the_next_start(
    bot: MoodBot, telegram: FakeTelegram, database: Database
) -> None:
    await restart(bot, database, 1000, 1002, wrote=(1000, 1002))
    await restart(bot, database, 1002)
    languages = {call.get("language_code") for call in telegram.called("deleteMyCommands")}
    assert languages == {None, *LANGUAGES}
    assert scopes(telegram, "deleteMyCommands") == ALEXS
    telegram.fail("deleteMyCommands", *[BadRequest("Chat not found")] * EACH)
    await restart(bot, database)
    assert scopes(telegram, "deleteMyCommands") == BENS
    await restart(bot, database)
    assert scopes(telegram, "deleteMyCommands") == []


async def test_the_menu_of_a_language_that_was_removed_is_deleted(
    bot: MoodBot, telegram: FakeTelegram, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await restart(bot, database)
    scopes(telegram)
    monkeypatch.setattr(command_menus, "LANGUAGES", LANGUAGES[1:])
    await restart(bot, database)
    assert scopes(telegram) == []
    dropped = [call["language_code"] for call in telegram.called("deleteMyCommands")]
    assert dropped == [LANGUAGES[0]] * 2
    assert scopes(telegram, "deleteMyCommands") == ["all_private_chats", "all_group_chats"]


@pytest.mark.parametrize(
    "error", [BadRequest("Chat not found"), Forbidden("bot was blocked by the user")]
)
async def test_an_admin_who_cannot_be_reached_is_left_out_until_they_write(
    bot: MoodBot,
    telegram: FakeTelegram,
    database: Database,
    error: TelegramError,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await restart(bot, database, 1000, 1002, wrote=(1000, 1002))
    scopes(telegram)
    monkeypatch.setattr(admin_replies, "commands", lambda: [("stats", "Figures")])
    telegram.fail("setMyCommands", error)
    await restart(bot, database, 1000, 1002)
    assert scopes(telegram) == [*ALEXS[:1], *BENS]
    await restart(bot, database, 1000, 1002)
    assert scopes(telegram) == []
    await restart(bot, database, 1000, 1002, wrote=(1000,))
    assert scopes(telegram) == ALEXS


async def test_with_another_token_or_server_all_menus_are_set_again(
    bot: MoodBot, telegram: FakeTelegram, database: Database
) -> None:
    await restart(bot, database, 1000, wrote=(1000,))
    scopes(telegram)
    telegram.menu = []
    await restart(bot, database, 1000)
    assert scopes(telegram) == EVERYBODYS
    await restart(bot, database, 1000, wrote=(1000,))
    assert scopes(telegram) == ALEXS


async def test_a_failure_is_repeated_from_where_it_was(
    bot: MoodBot, telegram: FakeTelegram, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    broken = (500, {"ok": False, "description": "Internal Server Error"})
    telegram.fail("setMyCommands", *[DONE] * EACH, NetworkError("away"), broken)
    async with running(CommandMenus(bot, database, ())):
        await telegram.wait_for_calls("setMyCommands", 2 * EACH + 2)
    assert scopes(telegram) == [*EVERYBODYS, *["all_group_chats"] * 2]
    assert [record.getMessage() for record in caplog.records] == [
        "Command menus are not set (away), retrying in 0 s",
        "Command menus are not set (Internal Server Error), retrying in 0 s",
    ]


def unreadable(anna: FakeUser) -> Json:
    """Return a message of the admin that the library cannot parse."""
    return {**from_alex(anna, "/start"), "photo": "none"}


@pytest.mark.parametrize(
    "send",
    [
        lambda anna: anna.send(from_alex(anna, "/start")),
        lambda anna: anna.send({**anna.photo(chat=ALEXS_CHAT), "from": ALEX}),
        lambda anna: anna.send({**anna.message(chat=GROUP, text="hello"), "from": ALEX}),
        lambda anna: anna.press("retrain:cancel", ALEX, chat=ALEXS_CHAT),
        lambda anna: anna.send(unreadable(anna)),
    ],
    ids=["command", "photo", "group", "tap", "unreadable"],
)
async def test_an_admin_gets_the_menu_at_their_first_update_of_any_kind(
    anna: FakeUser,
    telegram: FakeTelegram,
    application: MoodApplication,
    send: Callable[[FakeUser], Awaitable[None]],
) -> None:
    async with running(application.services.command_menus):
        await telegram.wait_for_calls("setMyCommands", 2 * EACH)
        await anna.send(anna.message(**command("/stats")))
        for _ in range(2):
            await send(anna)
        await telegram.wait_for_calls("setMyCommands", 3 * EACH)
    assert scopes(telegram) == EVERYBODYS + ALEXS
    assert scopes(telegram, "deleteMyCommands") == []


async def test_an_admin_known_from_a_group_only_is_tried_once_and_again_when_they_write(
    bot: MoodBot, telegram: FakeTelegram, database: Database
) -> None:
    menus = CommandMenus(bot, database, [1000])
    telegram.fail("setMyCommands", *[DONE] * 2 * EACH, BadRequest("Chat not found"))
    for _ in range(3):
        menus.admin_seen(1000, in_private=False)
        await menus.update()
    assert scopes(telegram) == [*EVERYBODYS, *ALEXS[:1]]
    menus.admin_seen(1000, in_private=True)
    await menus.update()
    assert scopes(telegram) == ALEXS
