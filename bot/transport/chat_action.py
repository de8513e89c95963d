"""Shows "typing…" in a chat for as long as something is being worked on there."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import TelegramError

REFRESH_S = 4.5  # a client shows an action for five seconds
LAST_S = 1.0  # how long the last "typing" may take before it is given up

logger = logging.getLogger(__name__)


@dataclass
class _Work:
    """What goes on in one chat."""

    jobs: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class ChatActionSender:
    """One "typing…" a chat, however many photos are being judged for it.

    Args:
        bot: the bot that is seen to be typing.
        refresh_s: seconds until it is shown again; a client shows it for five.
    """

    def __init__(self, bot: Bot, refresh_s: float = REFRESH_S) -> None:
        self._bot = bot
        self._refresh_s = refresh_s
        self._work: dict[int, _Work] = {}

    @asynccontextmanager
    async def typing(self, chat_id: int) -> AsyncIterator[None]:
        """Show "typing…" until the block is left; when it is, no late one follows the answer."""
        work = self._work.setdefault(chat_id, _Work())
        work.jobs += 1
        if work.task is None:
            work.task = asyncio.create_task(self._keep_typing(chat_id, work.done))
        try:
            yield
        finally:
            work.jobs -= 1
            if not work.jobs:
                del self._work[chat_id]
                await _finish(work)

    async def uploading(self, chat_id: int) -> None:
        """Show "sending a photo…" once; the photo follows."""
        await self._show(chat_id, ChatAction.UPLOAD_PHOTO)

    async def _keep_typing(self, chat_id: int, done: asyncio.Event) -> None:
        while not done.is_set():
            await self._show(chat_id, ChatAction.TYPING)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), self._refresh_s)

    async def _show(self, chat_id: int, action: ChatAction) -> None:
        try:
            await self._bot.send_chat_action(chat_id, action)
        except TelegramError as error:
            # It is a nicety: the answer is worth having without it.
            logger.info("Could not show %s: %s", action, error)


async def _finish(work: _Work) -> None:
    if work.task is None:
        return
    work.done.set()
    _, late = await asyncio.wait({work.task}, timeout=LAST_S)
    for task in late:
        task.cancel()
