"""Shows "typing…" in a chat while an answer is being made."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import BadRequest, NetworkError, TelegramError

REFRESH_S = 4.5  # clients show a chat action for five seconds
LAST_REQUEST_TIMEOUT_S = 1.0  # for the last request, before it is cancelled


@dataclass
class _Typing:
    """The state of one chat in which "typing…" is shown."""

    jobs: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class ChatActionSender:
    """Sends one "typing…" per chat, however many photos are being judged for it.

    Args:
        bot: sends the actions.
        refresh_s: seconds until the action is sent again.
    """

    def __init__(self, bot: Bot, refresh_s: float = REFRESH_S) -> None:
        self._bot = bot
        self._refresh_s = refresh_s
        self._typing: dict[int, _Typing] = {}

    @asynccontextmanager
    async def typing(self, chat_id: int) -> AsyncIterator[None]:
        """Show "typing…" while the block runs, but not after the answer that follows it."""
        state = self._typing.setdefault(chat_id, _Typing())
        state.jobs += 1
        if state.task is None:
            state.task = asyncio.create_task(self._keep_typing(chat_id, state.done))
        try:
            yield
        finally:
            state.jobs -= 1
            if not state.jobs:
                del self._typing[chat_id]
                await _finish(state)

    async def uploading(self, chat_id: int) -> None:
        """Show "sending a photo…" once, before the photo is sent."""
        await self._show(chat_id, ChatAction.UPLOAD_PHOTO)

    async def _keep_typing(self, chat_id: int, done: asyncio.Event) -> None:
        while not done.is_set() and await self._show(chat_id, ChatAction.TYPING):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), self._refresh_s)

    async def _show(self, chat_id: int, action: ChatAction) -> bool:
        """Show an action; return whether that makes sense again."""
        try:
            await self._bot.send_chat_action(chat_id, action)
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
