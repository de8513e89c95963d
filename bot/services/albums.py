"""Collects the messages of albums.

Telegram delivers an album as separate messages with one `media_group_id` and no end marker, so
an album counts as complete when no further message of it has come for a while.
"""

import asyncio
from dataclasses import dataclass, field

from telegram import Message

MAX_ALBUM_SIZE = 10  # Telegram's limit
QUIET_S = 1.0

_Key = tuple[int, str]


@dataclass
class _Album:
    messages: list[Message]
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Albums:
    """Albums whose messages are still arriving.

    Args:
        quiet_s: seconds without a further message after which an album counts as complete.
    """

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        self._quiet_s = quiet_s
        self._arriving: dict[_Key, _Album] = {}

    async def collect(self, message: Message) -> list[Message]:
        """Wait for the rest of the album that a message belongs to.

        Args:
            message: a message with a `media_group_id`.

        Returns:
            For the first message of an album, all its messages in the order they were sent. For
            the others, an empty list.
        """
        key = (message.chat_id, message.media_group_id or "")
        if arriving := self._arriving.get(key):
            arriving.messages.append(message)
            arriving.changed.set()
            return []
        album = self._arriving[key] = _Album([message])
        try:
            await self._wait_until_complete(album)
        finally:
            del self._arriving[key]
        return sorted(album.messages, key=lambda message: message.message_id)

    async def _wait_until_complete(self, album: _Album) -> None:
        while len(album.messages) < MAX_ALBUM_SIZE:
            album.changed.clear()
            try:
                await asyncio.wait_for(album.changed.wait(), self._quiet_s)
            except TimeoutError:
                return
