"""All state of the sandbox, and what happens when a message is posted."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request

from bot.sandbox.cast import (
    BOT_ID,
    CHANNEL,
    DEFAULT_TOKEN,
    DISCUSSION_ID,
    TELEGRAM,
    Json,
    everybody,
)
from bot.sandbox.state.bot_presence import BotPresence
from bot.sandbox.state.callbacks import CallbackQueries
from bot.sandbox.state.chats import Chat, Chats
from bot.sandbox.state.commands import CommandMenus
from bot.sandbox.state.events import EventLog
from bot.sandbox.state.faults import Faults
from bot.sandbox.state.files import Files
from bot.sandbox.state.flood_limits import FloodLimiter, FloodLimits
from bot.sandbox.state.network import Network
from bot.sandbox.state.privacy_mode import reaches_bot
from bot.sandbox.state.senders import origin, sender_fields, thread_fields
from bot.sandbox.state.updates import UpdateQueue
from bot.sandbox.state.webhooks import Webhook


@dataclass(frozen=True)
class SandboxOptions:
    """How the sandbox is set up.

    Attributes:
        token: the bot's token.
        limits: flood limits; those of `FloodLimits()` if None.
        privacy: whether the bot is in privacy mode in groups.
        callback_lifetime: seconds within which a button press can be answered.
        pauses: factor of the pauses that Telegram's server makes on its own: for a repeated
            getUpdates, a repeated 409, the next setWebhook and the retries of a webhook.
        bot_timeout: seconds without a call, after which the page says that the bot is gone.
        clock: a monotonic clock in seconds, for limits and lifetimes.
        extra_users: how many users there are besides the three of the chat page.
        local_folder: where a server in local mode (`--local`) leaves its files; the bot reads them
            there and cannot download them. None for a server that is not in local mode.
    """

    token: str = DEFAULT_TOKEN
    limits: FloodLimits | None = None
    privacy: bool = True
    callback_lifetime: float = 60.0
    pauses: float = 1.0
    bot_timeout: float = 10.0
    clock: Callable[[], float] = field(default=time.monotonic)
    extra_users: int = 0
    local_folder: Path | None = None


class SandboxState:
    """The state of one sandbox, to be used only from the server's event loop.

    Args:
        options: how it is set up.
    """

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self.options = options or SandboxOptions()
        clock = self.options.clock
        self.users = everybody(self.options.extra_users)
        self.chats = Chats(self.users)
        self.files = Files()
        self.events = EventLog()
        self.presence = BotPresence(self.events, self.options.bot_timeout)
        self.updates = UpdateQueue(pauses=self.options.pauses, clock=clock)
        self.network = Network()
        self.webhook = Webhook(self.updates, self.network, self.presence, self.options.pauses)
        self.callback_queries = CallbackQueries(self.options.callback_lifetime, clock=clock)
        self.command_menus = CommandMenus()
        self.faults = Faults()
        self.flood_limiter = FloodLimiter(self.options.limits, clock)
        self.requests: deque[Json] = deque(maxlen=1000)
        self.closing = asyncio.Event()
        self._languages: dict[int, str] = {}

    def user(self, user_id: int) -> Json | None:
        """Return the `User` with this id and their current language, or None."""
        user = self.users.get(user_id)
        if user is None or user_id not in self._languages:
            return user
        return {**user, "language_code": self._languages[user_id]}

    def set_language(self, user_id: int, language: str) -> None:
        """Set the language of a user's app, for their future messages and presses."""
        self._languages[user_id] = language
        self.events.add("person", user=self.user(user_id))

    def post(
        self,
        chat: Chat,
        sender: Json,
        content: Json,
        reply_to: Json | None = None,
        *,
        as_chat: Json | None = None,
        topic: int | None = None,
    ) -> Json:
        """Add a message to a chat; notify the page, and the bot if it may see the message.

        Args:
            chat: where it is posted.
            sender: the `User` who posts it.
            content: the fields of this message (text or media, entities, markup, ...).
            reply_to: the message of this chat that it replies to.
            as_chat: the group or channel in whose name it is posted; None for the sender's own.
            topic: the topic of a forum that it is posted to; that of `reply_to` if None.

        Returns:
            The new `Message`.
        """
        message: Json = {
            "message_id": chat.next_message_id(),
            **sender_fields(chat, sender, as_chat),
            "chat": chat.info,
            "date": int(time.time()),
            **thread_fields(chat, topic, reply_to),
            **content,
        }
        chat.put(message)
        self.events.add("message", chat_id=chat.id, message=message)
        if sender["id"] == BOT_ID:
            chat.bot_wrote_last = True
            return message
        chat.bot_may_write = True
        if self.bot_sees(chat, message):
            chat.reached_bot.add(message["message_id"])
            self.updates.add("message", message, self.faults.update_copies())
        if chat.info == CHANNEL:
            self._forward_to_discussion(message, content)
        return message

    def _forward_to_discussion(self, post: Json, content: Json) -> None:
        discussion = self.chats.find(DISCUSSION_ID)
        if discussion:
            forwarded = {"is_automatic_forward": True, "forward_origin": origin(post), **content}
            self.post(discussion, TELEGRAM, forwarded, as_chat=CHANNEL)

    def post_album(
        self,
        chat: Chat,
        sender: Json,
        contents: Sequence[Json],
        reply_to: Json | None = None,
        *,
        as_chat: Json | None = None,
        topic: int | None = None,
    ) -> list[Json]:
        """Add messages that form an album if there are several; see `post`."""
        group_id = str(secrets.randbelow(10**17) + 10**16)
        album = {"media_group_id": group_id} if len(contents) > 1 else {}
        return [
            self.post(chat, sender, {**album, **content}, reply_to, as_chat=as_chat, topic=topic)
            for content in contents
        ]

    def bot_sees(self, chat: Chat, message: Json) -> bool:
        """Return whether the bot receives a user's message in this chat."""
        if BOT_ID not in chat.members:
            return False
        return chat.private or not self.options.privacy or reaches_bot(chat, message)

    def replace(self, chat: Chat, message: Json) -> Json:
        """Replace a message by its edited version and notify the page."""
        chat.put(message)
        self.events.add("edited", chat_id=chat.id, message=message)
        return message

    async def close(self) -> None:
        """Answer all waiting readers and pollers and stop the webhook."""
        self.closing.set()
        self.events.close()
        self.updates.close()
        self.presence.stop()
        await self.webhook.stop()


def state_of(request: Request) -> SandboxState:
    """Return the state of the sandbox that a request was sent to."""
    state: SandboxState = request.app.state.sandbox
    return state
