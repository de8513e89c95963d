"""Starts the messages of each chat in order, and gathers albums.

Telegram delivers an album as separate messages with one `media_group_id` and no end marker, so an
album counts as complete when no further message of it has come for a while. Messages that follow
it in the same chat start after it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable

from telegram import Update

from bot.inbox.item import Album, Entry, Item

MAX_ALBUM_SIZE = 10  # Telegram's limit
QUIET_S = 1.0
MAX_HOLD_S = 8.0  # that an album waits while updates are known to be left at Telegram


class ChatOrder:
    """The items of all chats that have not started yet.

    Args:
        start: called with each item when it is its turn.
        quiet_s: seconds without a further message after which an album counts as complete.
    """

    def __init__(self, start: Callable[[Item], None], quiet_s: float = QUIET_S) -> None:
        self._start = start
        self._quiet_s = quiet_s
        self._waiting: dict[Hashable, deque[Item]] = {}
        self._albums: dict[Hashable, tuple[Item, asyncio.TimerHandle]] = {}
        self._hold_until = 0.0  # a time of the event loop

    @property
    def is_gathering(self) -> bool:
        """Whether further messages of an album may come."""
        return bool(self._albums)

    def add(self, item: Item) -> None:
        """Start an item after all earlier ones of its chat."""
        chat = item.entries[0].received.chat_id
        self._waiting.setdefault(chat, deque()).append(item)
        self._advance(chat)

    def has_album(self, entry: Entry) -> bool:
        """Return whether earlier messages of the same album wait for this one."""
        return _album_key(entry) in self._albums

    def add_to_album(self, entry: Entry) -> None:
        """Add a message with a `media_group_id` to its album."""
        key = _album_key(entry)
        if key in self._albums:
            item, timer = self._albums[key]
            timer.cancel()
            item.entries.append(entry)
        else:
            item = Item([entry])
            self.add(item)
        now = _now()
        self._wait(key, item, now + self._quiet_s, now + MAX_HOLD_S)
        if len(item.entries) >= MAX_ALBUM_SIZE:
            self._complete(key)

    def hold(self, seconds: float) -> None:
        """Complete no album for some seconds: the rest of it may be left at Telegram."""
        self._hold_until = max(self._hold_until, _now() + seconds)

    def stop(self) -> None:
        """Start no album any more that is not complete, nor what follows it in its chat."""
        for _, timer in self._albums.values():
            timer.cancel()

    def _wait(self, key: Hashable, item: Item, until: float, at_the_latest: float) -> None:
        timer = asyncio.get_running_loop().call_at(until, self._check, key, at_the_latest)
        self._albums[key] = item, timer

    def _check(self, key: Hashable, at_the_latest: float) -> None:
        held_until = min(self._hold_until, at_the_latest)
        if held_until > _now():
            self._wait(key, self._albums[key][0], held_until, at_the_latest)
        else:
            self._complete(key)

    def _complete(self, key: Hashable) -> None:
        item, timer = self._albums.pop(key)
        timer.cancel()
        updates = [entry.received.update for entry in item.entries]
        item.payload = Album(tuple(sorted(filter(None, updates), key=_message_id)))
        self._advance(item.entries[0].received.chat_id)

    def _advance(self, chat: Hashable) -> None:
        items = self._waiting[chat]
        while items and items[0].payload is not None:
            self._start(items.popleft())
        if not items:
            del self._waiting[chat]


def _album_key(entry: Entry) -> Hashable:
    message = entry.received.update and entry.received.update.message
    return entry.received.chat_id, message and message.media_group_id


def _message_id(update: Update) -> int:
    return update.message.message_id if update.message else 0


def _now() -> float:
    return asyncio.get_running_loop().time()
