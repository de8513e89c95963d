"""The command menus of private chats, of groups, and of each admin's private chat.

Telegram stores each menu once per language, and once for users with any other language. It limits
how often menus are set: a bot that sets all of them at each start is soon told to wait for minutes.
So the digests of those that were set are recorded, and only others are sent. A menu does not grant
permission; handlers check that.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import NoReturn

from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.backoff import Backoff
from bot.errors import StorageError
from bot.i18n import LANGUAGES, in_language
from bot.replies import help as help_replies
from bot.replies import stats as admin_replies
from bot.storage import menus
from bot.storage.database import Database
from bot.storage.dialects import MENUS_LOCK
from bot.storage.menus import MenuKey, chat_scope

# After a failure, pauses are this much longer than usual, from a minute to half an hour.
PAUSE_FACTOR = 60
LOCK_PAUSE_S = 1.0  # between two attempts, while another bot sets the menus

PRIVATE_CHATS = BotCommandScope.ALL_PRIVATE_CHATS
GROUPS = BotCommandScope.ALL_GROUP_CHATS

Commands = Callable[[], list[tuple[str, str]]]

logger = logging.getLogger(__name__)


class CommandMenus:
    """Keeps the menus at Telegram up to date.

    Args:
        bot: the bot that the menus belong to, initialized.
        database: where the menus that were set are recorded.
        admins: Telegram user ids, which are also the ids of their private chats.
    """

    def __init__(self, bot: Bot, database: Database, admins: Collection[int]) -> None:
        self._bot = bot
        self._database = database
        self._chats = {chat_scope(admin) for admin in admins}
        self._opened: set[str] = set()  # those whose admin has been heard of since the start
        self._closed: set[str] = set()  # those that Telegram has refused since the start
        self._news = asyncio.Event()
        self._records_are_checked = False

    def admin_seen(self, admin: int, *, in_private: bool) -> None:
        """Have an admin's menu set at their first update of any kind.

        Where they have never written to the bot in private, Telegram answers "chat not found".

        Args:
            admin: user id.
            in_private: the update came from their private chat, so there is one.
        """
        chat = chat_scope(admin)
        if chat not in self._opened and (in_private or chat not in self._closed):
            self._opened.add(chat)
            self._news.set()

    async def run(self) -> NoReturn:
        """Update the menus now and at each admin's first update; after a failure, try later."""
        backoff = Backoff()
        while True:
            self._news.clear()
            try:
                await self._update_alone()
            except (TelegramError, StorageError) as error:
                pause_s = PAUSE_FACTOR * backoff.grow()
                logger.warning("Command menus are not set (%s), retrying in %d s", error, pause_s)
                await asyncio.sleep(pause_s)
            else:
                backoff.reset()
                await self._news.wait()

    async def _update_alone(self) -> None:
        """Update, unless another bot does; then look again soon at what it has recorded."""
        lock = self._database.lock(MENUS_LOCK)
        try:
            if await lock.try_acquire():
                await self.update()
            else:
                await asyncio.sleep(LOCK_PAUSE_S)
                self._news.set()
        finally:
            await lock.release()

    async def update(self) -> None:
        """Set the menus that have changed, and delete those that are no longer wanted.

        Raises:
            telegram.error.TelegramError: some menus are as they were.
            StorageError: some menus are as they were, or will be set once more.
        """
        recorded = await self._recorded()
        known = {key.scope for key in recorded}
        wanted = {
            PRIVATE_CHATS: help_replies.commands,
            GROUPS: help_replies.group_commands,
            **dict.fromkeys(sorted(self._chats & (self._opened | known)), _admins_commands),
        }
        for scope, commands in wanted.items():
            await self._set(scope, commands, recorded)
        for key in recorded:
            if key.scope not in wanted or key.language not in ("", *LANGUAGES):
                await self._delete(key)

    async def _recorded(self) -> Mapping[MenuKey, str]:
        """Return the records, if Telegram has any menu of this bot at all.

        It has none if the database was used with another token or another server before.
        """
        recorded = await menus.load(self._database)
        if not self._records_are_checked:
            if recorded and not await self._bot.get_my_commands(_scope(PRIVATE_CHATS)):
                await menus.remove(self._database, recorded)
                recorded = {}
            self._records_are_checked = True
        return recorded

    async def _set(self, scope: str, commands: Commands, recorded: Mapping[MenuKey, str]) -> None:
        try:
            for language in ("", *LANGUAGES):
                key, translated = MenuKey(scope, language), _translated(commands, language)
                digest = self._digest(translated)
                if recorded.get(key) != digest:
                    await self._bot.set_my_commands(
                        translated, _scope(scope), language_code=language or None
                    )
                    await menus.record(self._database, key, digest)
        except (BadRequest, Forbidden):
            if scope not in self._chats:
                raise
            # This admin has not written to the bot yet, or blocks it.
            self._opened.discard(scope)
            self._closed.add(scope)
            await menus.remove(self._database, [key for key in recorded if key.scope == scope])

    async def _delete(self, key: MenuKey) -> None:
        # Where there is no such chat any more, there is no menu either.
        with suppress(BadRequest, Forbidden):
            await self._bot.delete_my_commands(
                _scope(key.scope), language_code=key.language or None
            )
        await menus.remove(self._database, [key])

    def _digest(self, commands: list[BotCommand]) -> str:
        content = [self._bot.id, *(command.to_dict() for command in commands)]
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _admins_commands() -> list[tuple[str, str]]:
    return help_replies.commands() + admin_replies.commands()


def _translated(commands: Commands, language: str) -> list[BotCommand]:
    with in_language(language or None):
        return [BotCommand(*command) for command in commands()]


def _scope(name: str) -> BotCommandScope:
    kind, _, chat_id = name.partition(" ")
    return BotCommandScopeChat(int(chat_id)) if chat_id else BotCommandScope(kind)
