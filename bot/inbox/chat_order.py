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


@dataclass(slots=True)
class _OpenAlbum:
    """An album that further messages can join.

    Attributes:
        item: the album.
        timer: ends the wait for a further message.
    """

    item: Item
    timer: asyncio.TimerHandle

    @property
    def album(self) -> Album | None:
        """What the handlers have; None before that."""
        return self.item.payload if isinstance(self.item.payload, Album) else None

    @property
    def has_room(self) -> bool:
        is_closed = self.album is not None and self.album.is_closed
        return not is_closed and len(self.item.entries) < MAX_ALBUM_SIZE


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
        key = _album_key(entry)
        found = self._albums.get(key)
        if found is None or not found.has_room:
            item = Item([entry])
            self._albums[key] = _OpenAlbum(item, self._after(self._quiet_s, self._handle, key))
            self.add(item)
            return
        found.timer.cancel()
        found.item.entries.append(entry)
        if found.album and entry.received.update:
            found.album.add(entry.received.update)
            found.timer = self._after(2 * self._quiet_s, found.album.is_quiet.set)
        else:
            found.timer = self._after(self._quiet_s, self._handle, key)
        if not found.has_room:
            self._handle(key)

    def finish(self, item: Item) -> None:
        """Let no further message join an item, because it is handled."""
        key = _album_key(item.entries[0])
        if (found := self._albums.get(key)) and found.item is item:
            found.timer.cancel()
            del self._albums[key]

    def stop(self) -> None:
        """Start no album that is still gathered, nor what follows it; answer the others."""
        for found in self._albums.values():
            found.timer.cancel()
            if found.album:
                found.album.is_quiet.set()

    def _handle(self, key: Hashable) -> None:
        """Have an album handled, and answered soon unless a further message comes."""
        found = self._albums[key]
        found.timer.cancel()
        if found.album is None:
            updates = [entry.received.update for entry in found.item.entries]
            album = Album(sorted(filter(None, updates), key=_message_id))
            found.item.payload = album
            found.timer = self._after(self._quiet_s, album.is_quiet.set)
            self._advance(found.item.entries[0].received.chat_id)
        if found.album and not found.has_room:
            found.album.is_quiet.set()

    def _after(
        self, delay_s: float, call: Callable[..., None], *arguments: Hashable
    ) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_s, call, *arguments)

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
