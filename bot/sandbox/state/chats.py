"""The chats and their latest messages."""

import itertools
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping

from bot.sandbox.cast import (
    ADMIN_ID,
    BOT_ID,
    CHANNEL,
    DISCUSSION,
    FORUM,
    GROUP,
    TOPICS,
    USERS,
    Json,
    private_chat,
)


class Chat:
    """One chat.

    Args:
        info: its `Chat` object.
        members: ids of the users and the bot in it.
        message_ids: where the ids of new messages come from.
        max_messages: how many messages are kept before the oldest is dropped.

    Attributes:
        topics: names of the topics of a forum besides "General", by `message_thread_id`.
        bot_wrote_last: whether no other bot has written since the bot did. There are none here.
        reached_bot: ids of the messages that the bot has received.
    """

    def __init__(
        self, info: Json, members: frozenset[int], message_ids: Iterator[int], max_messages: int
    ) -> None:
        self.info = info
        self.members = members
        self.id: int = info["id"]
        self.private = info["type"] == "private"
        self.topics: dict[int, str] = {}
        self.bot_wrote_last = False
        self.reached_bot: set[int] = set()
        # A bot may write to a user only after the user has written to it.
        self.bot_may_write = not self.private
        self._message_ids = message_ids
        self._max_messages = max_messages
        self._messages: OrderedDict[int, Json] = OrderedDict()

    def messages(self) -> list[Json]:
        """Return the kept messages, oldest first."""
        return [*self._messages.values()]

    def find(self, message_id: int) -> Json | None:
        """Return the message with this id, or None if it was deleted, dropped or never existed."""
        return self._messages.get(message_id)

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def put(self, message: Json) -> None:
        """Add a message, or replace the one with the same id."""
        self._messages[message["message_id"]] = message
        while len(self._messages) > self._max_messages:
            dropped, _ = self._messages.popitem(last=False)
            self.reached_bot.discard(dropped)

    def open_topic(self, name: str, by: Json) -> None:
        """Add a topic to a forum, with the message that it begins with."""
        topic = self.next_message_id()
        self.topics[topic] = name
        self.put(
            {
                "message_id": topic,
                "from": by,
                "chat": self.info,
                "date": int(time.time()),
                "message_thread_id": topic,
                "is_topic_message": True,
                "forum_topic_created": {"name": name, "icon_color": 7322096},
            }
        )

    def remove(self, message_id: int) -> None:
        del self._messages[message_id]


class Chats:
    """A private chat for each user, the groups, and a channel with its discussion group.

    Args:
        users: the users by id.
        max_messages: messages kept in each chat.
    """

    def __init__(self, users: Mapping[int, Json] = USERS, max_messages: int = 1000) -> None:
        # Private chats share one sequence of ids, a supergroup has its own, as in Telegram.
        private = itertools.count(1)
        chats = [
            Chat(private_chat(user), frozenset({user["id"], BOT_ID}), private, max_messages)
            for user in users.values()
        ]
        everybody = frozenset({*users, BOT_ID})
        for group in (GROUP, FORUM, DISCUSSION):
            # In a forum, the topic "General" has the id 1.
            first_id = min(TOPICS) if group == FORUM else 1
            chats.append(Chat(group, everybody, itertools.count(first_id), max_messages))
            if group == FORUM:
                for name in TOPICS.values():
                    chats[-1].open_topic(name, users[ADMIN_ID])
        chats.append(Chat(CHANNEL, frozenset({ADMIN_ID}), itertools.count(1), max_messages))
        self._chats = {chat.id: chat for chat in chats}
        self._max_messages = max_messages

    def __iter__(self) -> Iterator[Chat]:
        """Iterate over the chats, private ones first."""
        return iter(self._chats.values())

    def find(self, chat_id: int) -> Chat | None:
        return self._chats.get(chat_id)

    def add_supergroup(self, old: Chat, chat_id: int) -> None:
        """Add the supergroup that a group has become, unless there is that chat already."""
        if chat_id not in self._chats:
            info = {**old.info, "id": chat_id, "type": "supergroup"}
            numbers = itertools.count(1)
            self._chats[chat_id] = Chat(info, old.members, numbers, self._max_messages)
