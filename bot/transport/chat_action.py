"""Shows "typing…" in a chat, or in a topic of it, while an answer is being made."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import BadRequest, NetworkError, TelegramError

# A chat's id, and that of a topic as `bot.transport.topics` returns it.
_Place = tuple[int, int | None]

REFRESH_S = 4.5  # clients show a chat action for five seconds
LAST_REQUEST_TIMEOUT_S = 1.0  # for the last request, before it is cancelled


@dataclass
class _Typing:
    """The state of one chat or topic in which "typing…" is shown."""

    jobs: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class ChatActionSender:
    """Sends one "typing…" per chat or topic, however many photos are being judged for it.

    Args:
        bot: sends the actions.
        refresh_s: seconds until the action is sent again.
    """

    def __init__(self, bot: Bot, refresh_s: float = REFRESH_S) -> None:
        self._bot = bot
        self._refresh_s = refresh_s
        self._typing: dict[_Place, _Typing] = {}

    @asynccontextmanager
    async def typing(self, chat_id: int, topic: int | None = None) -> AsyncIterator[None]:
        """Show "typing…" while the block runs, but not after the answer that follows it."""
        place = chat_id, topic
        state = self._typing.setdefault(place, _Typing())
        state.jobs += 1
        if state.task is None:
            state.task = asyncio.create_task(self._keep_typing(place, state.done))
        try:
            yield
        finally:
            state.jobs -= 1
            if not state.jobs:
                del self._typing[place]
                await _finish(state)

    async def uploading(self, chat_id: int, topic: int | None = None) -> None:
        """Show "sending a photo…" once, before the photo is sent."""
        await self._show((chat_id, topic), ChatAction.UPLOAD_PHOTO)

    async def _keep_typing(self, place: _Place, done: asyncio.Event) -> None:
        while not done.is_set() and await self._show(place, ChatAction.TYPING):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), self._refresh_s)

    async def _show(self, place: _Place, action: ChatAction) -> bool:
        """Show an action; return whether that makes sense again."""
        chat_id, topic = place
        try:
            await self._bot.send_chat_action(chat_id, action, message_thread_id=topic)
        except TelegramError as error:
            # Not in the log: the answer matters more, and if it fails, too, that is logged.
            return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
        return True


async def _finish(state: _Typing) -> None:
    if state.task is None:
        return
    state.done.set()
    _, late = await asyncio.wait({state.task}, timeout=LAST_REQUEST_TIMEOUT_S)
    for task in late:
        task.cancel()
