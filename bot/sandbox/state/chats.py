"""The chats and their messages, held in memory up to a bound."""

import itertools
from collections import OrderedDict
from collections.abc import Iterator

from bot.sandbox.cast import BOT_ID, GROUP, USERS, Json, private_chat


class Chat:
    """One chat.

    Args:
        info: its `Chat` object.
        members: ids of the people and the bot in it.
        numbers: where its message ids come from.
        keep: how many messages are held before the oldest is dropped.
    """

    def __init__(
        self, info: Json, members: frozenset[int], numbers: Iterator[int], keep: int
    ) -> None:
        self.info = info
        self.members = members
        self.id: int = info["id"]
        self.private = info["type"] == "private"
        # A bot may write to a person only after the person wrote to it.
        self.open = not self.private
        self._numbers = numbers
        self._keep = keep
        self._messages: OrderedDict[int, Json] = OrderedDict()

    def messages(self) -> list[Json]:
        """Return the held messages, oldest first."""
        return [*self._messages.values()]

    def find(self, message_id: int) -> Json | None:
        """Return the message with this id, or None when it is deleted, dropped or never was."""
        return self._messages.get(message_id)

    def next_number(self) -> int:
        """Return the id for the next message."""
        return next(self._numbers)

    def put(self, message: Json) -> None:
        """Add a message, or put a new version in the old one's place."""
        self._messages[message["message_id"]] = message
        while len(self._messages) > self._keep:
            self._messages.popitem(last=False)

    def remove(self, message_id: int) -> None:
        """Delete a message that is there."""
        del self._messages[message_id]


class Chats:
    """A private chat for each person, and the group.

    Args:
        keep: messages held in each chat.
    """

    def __init__(self, keep: int = 1000) -> None:
        # Private chats share one row of numbers, a supergroup has its own, as in Telegram.
        private, group = itertools.count(1), itertools.count(1)
        chats = [
            Chat(private_chat(user), frozenset({user["id"], BOT_ID}), private, keep)
            for user in USERS.values()
        ]
        chats.append(Chat(GROUP, frozenset({*USERS, BOT_ID}), group, keep))
        self._chats = {chat.id: chat for chat in chats}

    def __iter__(self) -> Iterator[Chat]:
        """Iterate over the chats, private ones first."""
        return iter(self._chats.values())

    def find(self, chat_id: int) -> Chat | None:
        """Return the chat with this id, or None."""
        return self._chats.get(chat_id)
