"""What the inbox hands to the handlers, and what they report back about it."""

import asyncio
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field

from telegram import Message, Update

from bot.inbox.received import Received
from bot.storage.claims import Claim
from bot.storage.users import PhotoRequest


class Album:
    """The messages of an album.

    Nobody can know whether it is complete (https://github.com/tdlib/telegram-bot-api/issues/643).
    So further messages may join it until it is closed, which is just before its answer goes out.

    Args:
        updates: what came first, in the order in which it was sent.

    Attributes:
        updates: what has come, in the order of arrival.
        is_quiet: set while no further message has come for so long that it may be answered.
        is_closed: whether a further message is handled by itself.
    """

    def __init__(self, updates: Iterable[Update]) -> None:
        self.updates = list(updates)
        self.is_quiet = asyncio.Event()
        self.is_closed = False
        self._taken = 0

    @property
    def update(self) -> Update:
        return self.updates[0]

    def add(self, update: Update) -> None:
        """Add a message; it must not be closed."""
        self.updates.append(update)
        self.is_quiet.clear()

    def take(self) -> list[Message]:
        """Return the messages that have come since the last call."""
        updates, self._taken = self.updates[self._taken :], len(self.updates)
        return [update.message for update in updates if update.message]

    async def close(self) -> bool:
        """Wait until it may be answered, and close it if there are no messages to take.

        Returns:
            Whether it is closed.
        """
        if self._taken == len(self.updates):
            await self.is_quiet.wait()
        self.is_closed = self._taken == len(self.updates)
        return self.is_closed


@dataclass(frozen=True, slots=True)
class Refused:
    """An update that is not handled, because its sender or its chat has too many in hand."""

    update: Update
    in_hand: int  # updates of the same sender, or in the same chat
    is_first: bool  # in a minute; the others are refused silently


@dataclass(frozen=True, slots=True)
class SetAside:
    """An update that is not handled any more, because processes ended while they handled it."""

    update: Update


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message in a private chat that the library cannot parse."""

    chat_id: int
    message_id: int
    language_code: str | None


def unreadable(received: Received) -> Unreadable | None:
    """Return what is told about a message that cannot be parsed; None outside private chats."""
    chat_id, message_id = received.chat_id, received.message_id
    if received.kind != Update.MESSAGE or message_id is None:
        return None
    if chat_id is None or chat_id != received.user_id:  # not a private chat
        return None
    return Unreadable(chat_id, message_id, received.language_code)


Payload = Update | Album | Refused | SetAside | Unreadable


def update_of(payload: object) -> Update | None:
    """Return the update that a handler's argument is about; of an album, the first."""
    if isinstance(payload, Update):
        return payload
    if isinstance(payload, Album | Refused | SetAside):
        return payload.update
    return None


@dataclass(eq=False, slots=True, kw_only=True)
class Entry:
    """An update in hand.

    Attributes:
        received: the update.
        arrived_at: when it came in, in seconds since 1970.
        received_at: when this process got it, by `time.monotonic`.
        row_id: its row in the database; None while it is not stored.
        owner: the replica that has it in hand; None in a bot that has the database for itself.
        is_decided: whether the daily limit lets its picture through, or not, is known.
        is_handled: set when its handler has returned.
    """

    received: Received
    arrived_at: int
    received_at: float = field(default_factory=time.monotonic)
    row_id: int | None = None
    owner: str | None = None
    is_decided: bool = False
    is_handled: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False, slots=True)
class Item:
    """Updates that are handled together: one, or those of an album.

    Attributes:
        entries: the updates.
        payload: what the handlers get; None while an album is not handled yet.
        answer_ids: handlers add the answers that have reached the chat.
        photo_requests: handlers add the photos that count towards the daily quota.
    """

    entries: list[Entry]
    payload: Payload | None = None
    answer_ids: list[int] = field(default_factory=list)
    photo_requests: list[PhotoRequest] = field(default_factory=list)

    @property
    def arrived_at(self) -> int:
        return self.entries[0].arrived_at

    @property
    def received_at(self) -> float:
        return self.entries[0].received_at

    @property
    def claim(self) -> Claim | None:
        """What this replica has in hand; None if there are no others, or nothing is stored."""
        return _claim(self.entries)

    def claim_of(self, message_id: int) -> Claim | None:
        """Return the same for one message of an album."""
        return _claim(self._entries_of(message_id))

    def note_decision(self, message_id: int) -> None:
        """Note that the daily limit was applied to the picture in a message."""
        for entry in self._entries_of(message_id):
            entry.is_decided = True

    def _entries_of(self, message_id: int) -> list[Entry]:
        found = [one for one in self.entries if one.received.message_id == message_id]
        return found or self.entries


def _claim(entries: Iterable[Entry]) -> Claim | None:
    stored = [(one.owner, one.row_id) for one in entries]
    owners = [owner for owner, row_id in stored if owner is not None and row_id is not None]
    row_ids = tuple(row_id for _, row_id in stored if row_id is not None)
    return Claim(owners[0], row_ids) if owners else None


# The item that the current task handles.
current_item: ContextVar[Item] = ContextVar("current_item")
