"""Command menus: what the bot sets, and what each person sees."""

from typing import Any

import pytest

from tests.support.bot_api_client import Wire
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


def test_a_menu_is_kept_by_scope_and_language(wire: Wire, people: SandboxClient) -> None:
    scope = {"type": "chat", "chat_id": ANNA}
    wire.call("setMyCommands", commands=_menu("start"))
    wire.call("setMyCommands", commands=_menu("los"), language_code="de", scope=scope)
    assert wire.call("getMyCommands") == _menu("start")
    assert wire.call("getMyCommands", scope=scope) == []
    assert wire.call("getMyCommands", scope=scope, language_code="de") == _menu("los")
    assert people.wait_for(lambda event: event["type"] == "commands")
    wire.call("deleteMyCommands")
    assert wire.call("getMyCommands") == []


def test_the_narrowest_scope_wins_for_the_admin_of_a_group(
    wire: Wire, people: SandboxClient
) -> None:
    assert people.commands(ALEX, GROUP) == []
    for number, scope in enumerate(WIDE_TO_NARROW):
        wire.call("setMyCommands", commands=_menu(f"c{number}"), scope=scope)
        assert people.commands(ALEX, GROUP) == _menu(f"c{number}")


def test_others_do_not_see_the_menus_of_admins(wire: Wire, people: SandboxClient) -> None:
    for number, scope in enumerate(WIDE_TO_NARROW):
        wire.call("setMyCommands", commands=_menu(f"c{number}"), scope=scope)
    assert people.commands(BEN, GROUP) == _menu("c3")
    assert people.commands(BEN) == _menu("c0")


def test_a_chat_has_its_own_menu(wire: Wire, people: SandboxClient) -> None:
    wire.call("setMyCommands", commands=_menu("all"), scope={"type": "all_private_chats"})
    mine = {"type": "chat", "chat_id": ALEX}
    wire.call("setMyCommands", commands=_menu("admin"), scope=mine)
    assert people.commands(ALEX) == _menu("admin")
    assert people.commands(ANNA) == _menu("all")


def test_who_has_not_written_to_the_bot_cannot_have_a_menu(
    wire: Wire, people: SandboxClient
) -> None:
    bens = {"type": "chat", "chat_id": BEN}
    absent = wire.refusal("setMyCommands", commands=_menu("admin"), scope=bens)
    assert absent == (400, "Bad Request: chat not found")
    people.send_text("/start", user=BEN)
    wire.call("setMyCommands", commands=_menu("admin"), scope=bens)


def test_a_menu_in_the_persons_language_comes_first(wire: Wire, people: SandboxClient) -> None:
    wire.call("setMyCommands", commands=_menu("any"))
    wire.call("setMyCommands", commands=_menu("english"), language_code="en")
    assert people.commands(ANNA) == _menu("english")
    wire.call("setMyCommands", commands=_menu("ola"), language_code="pt")
    people.set_language("pt-br")
    assert people.commands(ANNA) == _menu("ola")
    assert people.commands(ALEX) == _menu("english")
    people.set_language("fr")
    assert people.commands(ANNA) == _menu("any")


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
def test_a_menu_telegram_would_refuse_is_refused(
    wire: Wire, commands: list[Any], scope: Scope | None, description: str
) -> None:
    refused = wire.refusal("setMyCommands", commands=commands, scope=scope)
    assert refused == (400, f"Bad Request: {description}")
