"""The bot's command menus by scope and language.

https://core.telegram.org/bots/api#botcommandscope, "Determining list of commands".
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.sandbox.cast import ADMIN_ID, Json
from bot.sandbox.errors import bad_request

MAX_COMMANDS = 100
COMMAND_NAME = re.compile(r"/?[a-z0-9_]{1,32}")
PLAIN_SCOPES = frozenset(
    {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
)
CHAT_SCOPES = frozenset({"chat", "chat_administrators"})


class MenuKey(NamedTuple):
    """What a menu is stored under; 0 and "" where the scope has no chat, user or language."""

    scope: str
    chat_id: int = 0
    user_id: int = 0
    language: str = ""


def menu_key(scope: Json | None, language: str) -> MenuKey:
    """Return the key for a `BotCommandScope` and a language code.

    Raises:
        BotApiError: the scope has an unknown type.
    """
    scope = scope or {"type": "default"}
    kind = str(scope.get("type"))
    if kind in PLAIN_SCOPES:
        return MenuKey(kind, language=language)
    if kind in CHAT_SCOPES:
        return MenuKey(kind, _integer(scope, "chat_id"), language=language)
    if kind == "chat_member":
        return MenuKey(kind, _integer(scope, "chat_id"), _integer(scope, "user_id"), language)
    raise bad_request("can't parse BotCommandScope: Unsupported type specified")


class CommandMenus:
    """Every menu that the bot has set."""

    def __init__(self) -> None:
        self._menus: dict[MenuKey, list[Json]] = {}

    def set(self, key: MenuKey, commands: list[Json]) -> None:
        """Replace a menu; without commands, delete it.

        Raises:
            BotApiError: there are too many commands, or Telegram would reject one's name or
                description.
        """
        if len(commands) > MAX_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        checked = [_checked(command) for command in commands]
        if checked:
            self._menus[key] = checked
        else:
            self._menus.pop(key, None)

    def get(self, key: MenuKey) -> list[Json]:
        """Return the menu of exactly this scope and language; empty if it was never set."""
        return self._menus.get(key, [])

    def visible_to(self, user_id: int, chat_id: int, language: str) -> list[Json]:
        """Return the menu that a user sees in a chat: that of the narrowest scope."""
        for scope in _scopes_by_priority(user_id, chat_id):
            # A menu in Portuguese also serves users with Brazilian Portuguese.
            for code in (language, language.partition("-")[0], ""):
                if found := self._menus.get(MenuKey(*scope, code)):
                    return found
        return []


def _scopes_by_priority(user_id: int, chat_id: int) -> Iterator[tuple[str, int, int]]:
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


def _integer(scope: Json, name: str) -> int:
    try:
        return int(scope[name])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise bad_request(f"can't parse BotCommandScope: Can't find field \"{name}\"") from None


def _checked(command: Json) -> Json:
    name, description = str(command.get("command", "")), str(command.get("description", ""))
    if not COMMAND_NAME.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name.removeprefix("/"), "description": description}
