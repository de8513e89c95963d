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
# Most answers come sooner, and up to a second nobody needs to be told that something happens:
# https://www.nngroup.com/articles/response-times-3-important-limits/.
AFTER_S = 0.5
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
        after_s: seconds until it is sent for the first time.
    """

    def __init__(self, bot: Bot, refresh_s: float = REFRESH_S, after_s: float = AFTER_S) -> None:
        self._bot = bot
        self._after_s = after_s
        self._refresh_s = refresh_s
        self._typing: dict[_Place, _Typing] = {}

    @asynccontextmanager
    async def typing(self, chat_id: int, topic: int | None = None) -> AsyncIterator[None]:
        """Show "typing…" if the block runs for long, but not after the answer that follows it."""
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
        """Show "sending a photo…" once, before photos are sent."""
        await self._show((chat_id, topic), ChatAction.UPLOAD_PHOTO)

    async def _keep_typing(self, place: _Place, done: asyncio.Event) -> None:
        pause_s = self._after_s
        while not await _is_set_within(done, pause_s):
            if not await self._show(place, ChatAction.TYPING):
                return
            pause_s = self._refresh_s

    async def _show(self, place: _Place, action: ChatAction) -> bool:
        """Show an action; return whether that makes sense again."""
        chat_id, topic = place
        try:
            await self._bot.send_chat_action(chat_id, action, message_thread_id=topic)
        except TelegramError as error:
            # Not in the log: the answer matters more, and if it fails, too, that is logged.
            return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
        return True


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def _finish(state: _Typing) -> None:
    if state.task is None:
        return
    state.done.set()
    _, late = await asyncio.wait({state.task}, timeout=LAST_REQUEST_TIMEOUT_S)
    for task in late:
        task.cancel()
