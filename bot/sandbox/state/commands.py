"""The bot's command menus by scope and language.

https://core.telegram.org/bots/api#botcommandscope, "Determining list of commands".
"""

import re
from collections.abc import Iterator
from typing import Final

from bot.sandbox.cast import ADMIN_ID, Json
from bot.sandbox.errors import bad_request

MOST: Final = 100
NAME: Final = re.compile(r"/?[a-z0-9_]{1,32}")
PLAIN_SCOPES: Final = frozenset(
    {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
)
CHAT_SCOPES: Final = frozenset({"chat", "chat_administrators"})

Key = tuple[str, int, int, str]
"""Scope type, chat id, user id (0 where the scope has none), language code ("" for all)."""


def key(scope: Json | None, language: str) -> Key:
    """Return the key of a menu.

    Raises:
        Failure: the scope is of no known type.
    """
    scope = scope or {"type": "default"}
    kind = str(scope.get("type"))
    if kind in PLAIN_SCOPES:
        return kind, 0, 0, language
    if kind in CHAT_SCOPES:
        return kind, _number(scope, "chat_id"), 0, language
    if kind == "chat_member":
        return kind, _number(scope, "chat_id"), _number(scope, "user_id"), language
    raise bad_request("can't parse BotCommandScope: Unsupported type specified")


class Commands:
    """Every menu the bot has set."""

    def __init__(self) -> None:
        self._menus: dict[Key, list[Json]] = {}

    def set(self, menu: Key, commands: list[Json]) -> None:
        """Replace a menu.

        Raises:
            Failure: too many commands, or one with a name or description Telegram refuses.
        """
        if len(commands) > MOST:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self._menus[menu] = [_clean(command) for command in commands]
        if not commands:
            del self._menus[menu]

    def get(self, menu: Key) -> list[Json]:
        """Return exactly this menu; empty when it was never set."""
        return self._menus.get(menu, [])

    def shown(self, user_id: int, chat_id: int, language: str) -> list[Json]:
        """Return the menu this person sees in this chat, the narrowest scope first."""
        for kind, chat, user in _ladder(user_id, chat_id):
            # A menu in Portuguese is for those who have Brazilian Portuguese, too.
            for code in (language, language.partition("-")[0], ""):
                if found := self._menus.get((kind, chat, user, code)):
                    return found
        return []


def _ladder(user_id: int, chat_id: int) -> Iterator[tuple[str, int, int]]:
    if chat_id < 0:
        yield "chat_member", chat_id, user_id
        if user_id == ADMIN_ID:  # who owns the group
            yield "chat_administrators", chat_id, 0
            yield "chat", chat_id, 0
            yield "all_chat_administrators", 0, 0
        else:
            yield "chat", chat_id, 0
        yield "all_group_chats", 0, 0
    else:
        yield "chat", chat_id, 0
        yield "all_private_chats", 0, 0
    yield "default", 0, 0


def _number(scope: Json, name: str) -> int:
    try:
        return int(scope[name])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise bad_request(f"can't parse BotCommandScope: Can't find field \"{name}\"") from None


def _clean(command: Json) -> Json:
    name, description = str(command.get("command", "")), str(command.get("description", ""))
    if not NAME.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name.removeprefix("/"), "description": description}
