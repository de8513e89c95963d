"""Command menus: what the bot sets and what each user sees."""

from typing import Any

import pytest

from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import ALEX, ANNA, BEN, GROUP, SandboxClient

Scope = dict[str, Any]
WIDE_TO_NARROW: list[Scope] = [
    {"type": "default"},
    {"type": "all_group_chats"},
    {"type": "all_chat_administrators"},
    {"type": "chat", "chat_id": GROUP},
    {"type": "chat_administrators", "chat_id": GROUP},
    {"type": "chat_member", "chat_id": GROUP, "user_id": ALEX},
]


def _menu(name: str) -> list[dict[str, str]]:
    return [{"command": name, "description": f"Do {name}"}]


def test_menus_are_stored_by_scope_and_language(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    scope = {"type": "chat", "chat_id": ANNA}
    bot_api.call("setMyCommands", commands=_menu("start"))
    bot_api.call("setMyCommands", commands=_menu("los"), language_code="de", scope=scope)
    assert bot_api.call("getMyCommands") == _menu("start")
    assert bot_api.call("getMyCommands", scope=scope) == []
    assert bot_api.call("getMyCommands", scope=scope, language_code="de") == _menu("los")
    assert client.wait_for(lambda event: event["type"] == "commands")
    bot_api.call("deleteMyCommands")
    assert bot_api.call("getMyCommands") == []


def test_the_narrowest_scope_wins_for_the_admin_of_a_group(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    assert client.commands(ALEX, GROUP) == []
    for number, scope in enumerate(WIDE_TO_NARROW):
        bot_api.call("setMyCommands", commands=_menu(f"c{number}"), scope=scope)
        assert client.commands(ALEX, GROUP) == _menu(f"c{number}")


def test_other_users_do_not_see_the_menus_of_admins(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    for number, scope in enumerate(WIDE_TO_NARROW):
        bot_api.call("setMyCommands", commands=_menu(f"c{number}"), scope=scope)
    assert client.commands(BEN, GROUP) == _menu("c3")
    assert client.commands(BEN) == _menu("c0")


def test_a_chat_has_its_own_menu(bot_api: BotApiClient, client: SandboxClient) -> None:
    bot_api.call("setMyCommands", commands=_menu("all"), scope={"type": "all_private_chats"})
    mine = {"type": "chat", "chat_id": ALEX}
    bot_api.call("setMyCommands", commands=_menu("admin"), scope=mine)
    assert client.commands(ALEX) == _menu("admin")
    assert client.commands(ANNA) == _menu("all")


def test_a_user_who_has_not_written_to_the_bot_cannot_have_a_menu(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    bens = {"type": "chat", "chat_id": BEN}
    absent = bot_api.error("setMyCommands", commands=_menu("admin"), scope=bens)
    assert absent == (400, "Bad Request: chat not found")
    client.send_text("/start", user=BEN)
    bot_api.call("setMyCommands", commands=_menu("admin"), scope=bens)


def test_a_menu_in_the_users_language_comes_first(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    bot_api.call("setMyCommands", commands=_menu("any"))
    bot_api.call("setMyCommands", commands=_menu("english"), language_code="en")
    assert client.commands(ANNA) == _menu("english")
    bot_api.call("setMyCommands", commands=_menu("ola"), language_code="pt")
    client.set_language("pt-br")
    assert client.commands(ANNA) == _menu("ola")
    assert client.commands(ALEX) == _menu("english")
    client.set_language("fr")
    assert client.commands(ANNA) == _menu("any")


@pytest.mark.parametrize(
    ("commands", "scope", "description"),
    [
        (_menu("Start"), None, "BOT_COMMAND_INVALID"),
        (_menu("x" * 33), None, "BOT_COMMAND_INVALID"),
        (
            [{"command": "start", "description": ""}],
            None,
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (_menu("x") * 101, None, "BOT_COMMANDS_TOO_MUCH"),
        (["start"], None, "can't parse BotCommand: Expected an Object"),
        (
            _menu("x"),
            {"type": "everyone"},
            "can't parse BotCommandScope: Unsupported type specified",
        ),
        (
            _menu("x"),
            {"type": ["chat"]},
            "can't parse BotCommandScope: Unsupported type specified",
        ),
        (_menu("x"), {"type": "chat", "chat_id": 5}, "chat not found"),
        (
            _menu("x"),
            {"type": "chat"},
            "can't parse BotCommandScope: Can't find field \"chat_id\"",
        ),
    ],
)
def test_an_invalid_menu_is_rejected(
    bot_api: BotApiClient, commands: list[Any], scope: Scope | None, description: str
) -> None:
    refused = bot_api.error("setMyCommands", commands=commands, scope=scope)
    assert refused == (400, f"Bad Request: {description}")
