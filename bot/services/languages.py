"""Remembers the languages that were chosen, so that few updates have to wait for the database."""

import asyncio
import time

from cachetools import LRUCache

from bot.storage import languages as storage
from bot.storage.database import Database

MAX_KNOWN = 10_000  # users, and as many groups


class Languages:
    """The languages that people, and admins of groups, have chosen.

    A language is a key of `bot.i18n.LANGUAGE_NAMES`; None stands for that of each person's app.

    Args:
        database: where they are stored. If other bots may change them, each update looks there.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._users: LRUCache[int, str | None] = LRUCache(MAX_KNOWN)
        self._groups: LRUCache[int, str | None] = LRUCache(MAX_KNOWN)
        # A fair lock: updates go on in the order in which they came, looked up or known.
        self._lock = asyncio.Lock()

    async def chosen(self, user_id: int | None, group_id: int | None) -> str | None:
        """Return the language to answer in: the one chosen for the group, otherwise by the user.

        Args:
            user_id: who asks, if it is a user.
            group_id: the chat, if it is a group.

        Raises:
            StorageError: the database cannot be read.
        """
        async with self._lock:
            known = not self._database.is_shared and (user_id is None or user_id in self._users)
            if not known or not (group_id is None or group_id in self._groups):
                found = await storage.load(self._database, user_id, group_id)
                if user_id is not None:
                    self._users[user_id] = found.by_user
                if group_id is not None:
                    self._groups[group_id] = found.for_group
            for_group = None if group_id is None else self._groups[group_id]
            return for_group or (None if user_id is None else self._users[user_id])

    async def choose_for_user(self, user_id: int, language: str | None) -> None:
        """Store what a user chooses.

        Raises:
            StorageError: nothing was stored.
        """
        async with self._lock:
            await storage.store_for_user(self._database, user_id, language, int(time.time()))
            self._users[user_id] = language

    async def choose_for_group(self, chat_id: int, language: str | None) -> None:
        """Store what an admin of a group chooses.

        Raises:
            StorageError: nothing was stored.
        """
        async with self._lock:
            await storage.store_for_group(self._database, chat_id, language)
            self._groups[chat_id] = language

    async def move_group(self, old_id: int, new_id: int) -> None:
        """Keep the language of a group that has become a supergroup, which has another id.

        Raises:
            StorageError: the language is still that of the old id.
        """
        language = await self.chosen(None, old_id)
        if language is not None:
            await self.choose_for_group(new_id, language)
            await self.choose_for_group(old_id, None)

    async def forget(self, user_id: int) -> None:
        """Forget a user whose data was erased."""
        async with self._lock:
            self._users.pop(user_id, None)
