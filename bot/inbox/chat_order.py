"""Starts the messages of each chat in order, and gathers albums.

Telegram delivers an album as separate messages with one `media_group_id` and no end marker. So it
is handled when no further message of it has come for a while, and answered after twice that time at
the earliest. What comes later joins it if it is not answered yet, or else is an album of its own.
Messages that follow an album in the same chat start after it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from telegram import Update

from bot.inbox.item import Album, Entry, Item

MAX_ALBUM_SIZE = 10  # Telegram's limit
QUIET_S = 1.0
MAX_HOLD_S = 8.0  # that an album waits while updates are known to be left at Telegram


@dataclass(slots=True)
class _OpenAlbum:
    """An album that further messages can join.

    Attributes:
        item: the album.
        changed_at: when its last message came; a time of the event loop.
        timer: ends the wait for a further message; None while there is none.
    """

    item: Item
    changed_at: float
    timer: asyncio.TimerHandle | None = None

    @property
    def album(self) -> Album | None:
        """What the handlers have; None before that."""
        return self.item.payload if isinstance(self.item.payload, Album) else None

    @property
    def has_room(self) -> bool:
        is_closed = self.album is not None and self.album.is_closed
        return not is_closed and len(self.item.entries) < MAX_ALBUM_SIZE

    def stop_waiting(self) -> None:
        if self.timer:
            self.timer.cancel()


class ChatOrder:
    """The items of all chats that have not started yet, and the albums that have.

    Args:
        start: called with each item when it is its turn.
        quiet_s: seconds without a further message after which an album is handled.
    """

    def __init__(self, start: Callable[[Item], None], quiet_s: float = QUIET_S) -> None:
        self._start = start
        self._quiet_s = quiet_s
        self._waiting: dict[Hashable, deque[Item]] = {}
        self._albums: dict[Hashable, _OpenAlbum] = {}
        self._hold_until = 0.0  # a time of the event loop

    @property
    def is_gathering(self) -> bool:
        """Whether an album waits for further messages."""
        return any(album.item.payload is None for album in self._albums.values())

    def add(self, item: Item) -> None:
        """Start an item after all earlier ones of its chat."""
        chat = item.entries[0].received.chat_id
        self._waiting.setdefault(chat, deque()).append(item)
        self._advance(chat)

    def has_album(self, entry: Entry) -> bool:
        """Return whether earlier messages of the same album wait for this one."""
        found = self._albums.get(_album_key(entry))
        return found is not None and found.has_room

    def add_to_album(self, entry: Entry) -> None:
        """Add a message with a `media_group_id` to its album."""
        key, update = _album_key(entry), entry.received.update
        found = self._albums.get(key)
        if found is None or not found.has_room:
            self._albums[key] = found = _OpenAlbum(Item([entry]), _now())
            self.add(found.item)
        else:
            found.item.entries.append(entry)
            found.changed_at = _now()
            if found.album and update:
                found.album.add(update)
        if not found.has_room:
            self._end_wait(found)
        else:
            self._wait(found, self._quiet_s if found.album is None else 2 * self._quiet_s)

    def finish(self, item: Item) -> None:
        """Let no further message join an item, because it is handled."""
        key = _album_key(item.entries[0])
        if (found := self._albums.get(key)) and found.item is item:
            found.stop_waiting()
            del self._albums[key]

    def hold(self, seconds: float) -> None:
        """Complete no album for some seconds: the rest of it may be left at Telegram."""
        self._hold_until = max(self._hold_until, _now() + seconds)

    def stop(self) -> None:
        """Start no album that is still gathered, nor what follows it; answer the others."""
        for found in self._albums.values():
            found.stop_waiting()
            if found.album:
                found.album.is_quiet.set()

    def clear(self) -> None:
        """Forget all items and albums."""
        for found in self._albums.values():
            found.stop_waiting()
        self._albums.clear()
        self._waiting.clear()

    def _wait(self, found: _OpenAlbum, seconds: float) -> None:
        """Wait for a further message of an album."""
        found.stop_waiting()
        loop = asyncio.get_running_loop()
        found.timer = loop.call_later(seconds, self._end_wait, found)

    def _end_wait(self, found: _OpenAlbum) -> None:
        """Have an album handled, and then answered, unless a further message comes."""
        found.stop_waiting()
        held_until = min(self._hold_until, found.changed_at + MAX_HOLD_S)
        if found.has_room and held_until > _now():
            self._wait(found, held_until - _now())
            return
        if found.album is None:
            updates = [entry.received.update for entry in found.item.entries]
            found.item.payload = Album(sorted(filter(None, updates), key=_message_id))
            self._wait(found, self._quiet_s)
            self._advance(found.item.entries[0].received.chat_id)
            if found.has_room:
                return
        if found.album:
            found.album.is_quiet.set()

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
