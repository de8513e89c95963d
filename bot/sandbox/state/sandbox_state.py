"""Everything the sandbox holds, in one place, and what happens when a message is posted."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.cast import BOT_ID, DEFAULT_TOKEN, USERS, Json
from bot.sandbox.state.callbacks import Callbacks
from bot.sandbox.state.chats import Chat, Chats
from bot.sandbox.state.commands import Commands
from bot.sandbox.state.events import Events
from bot.sandbox.state.faults import Faults
from bot.sandbox.state.files import Files
from bot.sandbox.state.flood_limits import Floods, Limits
from bot.sandbox.state.privacy_mode import reaches_bot
from bot.sandbox.state.updates import Updates
from bot.sandbox.state.webhooks import Webhook


@dataclass(frozen=True)
class SandboxOptions:
    """How the sandbox is set up.

    Attributes:
        token: the bot's token.
        limits: flood limits; Telegram's own when None.
        privacy: whether the bot is in privacy mode in groups.
        callback_lifetime: seconds within which a button press can be answered.
        webhook_backoff: seconds before the first repeated webhook delivery; doubles each time.
        clock: a monotonic clock in seconds, for limits and life times.
    """

    token: str = DEFAULT_TOKEN
    limits: Limits | None = None
    privacy: bool = True
    callback_lifetime: float = 60.0
    webhook_backoff: float = 1.0
    clock: Callable[[], float] = field(default=time.monotonic)


class SandboxState:
    """The state of one sandbox; every part is used from the server's event loop alone.

    Args:
        options: how it is set up.
    """

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self.options = options or SandboxOptions()
        clock = self.options.clock
        self.chats = Chats()
        self.files = Files()
        self.events = Events()
        self.updates = Updates()
        self.webhook = Webhook(self.updates, self.options.webhook_backoff)
        self.callbacks = Callbacks(self.options.callback_lifetime, clock=clock)
        self.commands = Commands()
        self.faults = Faults()
        self.floods = Floods(self.options.limits, clock)
        self.requests: deque[Json] = deque(maxlen=1000)
        self.born = clock()
        self.closing = asyncio.Event()
        self.logged_out_at: float | None = None
        self._languages: dict[int, str] = {}

    def person(self, user_id: int) -> Json | None:
        """Return the `User` with this id as they are now, or None."""
        user = USERS.get(user_id)
        if user is None or user_id not in self._languages:
            return user
        return {**user, "language_code": self._languages[user_id]}

    def set_language(self, user_id: int, language: str) -> None:
        """Set the language of a person's app, from their next message or tap on."""
        self._languages[user_id] = language
        self.events.add("person", user=self.person(user_id))

    def post(self, chat: Chat, sender: Json, content: Json, reply_to: Json | None = None) -> Json:
        """Add a message to a chat, tell the page, and tell the bot if it may know.

        Args:
            chat: where it is posted.
            sender: the `User` who posts it.
            content: the message's own fields (text or media, entities, markup, ...).
            reply_to: the message of this chat it answers.

        Returns:
            The new `Message`.
        """
        message: Json = {
            "message_id": chat.next_number(),
            "from": sender,
            "chat": chat.info,
            "date": int(time.time()),
        }
        if reply_to:
            # One level only, as in Telegram.
            message["reply_to_message"] = {
                name: value for name, value in reply_to.items() if name != "reply_to_message"
            }
        message |= content
        chat.put(message)
        self.events.add("message", chat_id=chat.id, message=message)
        if sender["id"] != BOT_ID:
            chat.open = True
            if chat.private or not self.options.privacy or reaches_bot(message):
                self.updates.add("message", message, self.faults.copies())
        return message

    def replace(self, chat: Chat, message: Json) -> Json:
        """Put an edited message in its old version's place and tell the page."""
        chat.put(message)
        self.events.add("edited", chat_id=chat.id, message=message)
        return message

    async def close(self) -> None:
        """Send every waiting reader and poller away."""
        self.closing.set()
        self.events.close()
        self.updates.close()
        await self.webhook.stop()
