"""The messages in which admins watch the progress of a retraining."""

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import TypeVar

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.i18n import in_language

# An edit usually takes some hundredths of a second, but a flood limit can delay it for minutes.
MAX_WAIT_S = 2.0

T = TypeVar("T")
Rendered = tuple[str, InlineKeyboardMarkup | None]

logger = logging.getLogger(__name__)


@dataclass
class _ProgressMessage:
    message_id: int
    shown: str | None
    # Holds the language of the admin who asked for it.
    context: Context = field(default_factory=copy_context)
    editing: asyncio.Task[bool] | None = None


class ProgressMessages:
    """One progress message per chat, edited when there is something new to show.

    Args:
        bot: the bot that sent the messages.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._messages: dict[int, _ProgressMessage] = {}  # by chat
        self._languages: dict[int, str | None] = {}  # as Telegram gives them, by chat

    def attach(self, chat_id: int, message_id: int, shown: str | None = None) -> None:
        """Make a message the progress message of its chat, in place of the one before.

        Args:
            chat_id: the chat of the message.
            message_id: the message.
            shown: the text of the message, if it shows the progress already.
        """
        self._messages[chat_id] = _ProgressMessage(message_id, shown)

    def chats(self) -> list[int]:
        """Return the chats that have a progress message."""
        return list(self._messages)

    def forget(self) -> None:
        """Leave all messages as they are: another bot has edited them for the last time."""
        self._messages.clear()

    def render_for(self, chat_id: int, make: Callable[[], T]) -> T:
        """Make something in the language of a chat's progress message.

        Without a progress message it is the language last noted for the chat; otherwise English.
        """
        if message := self._messages.get(chat_id):
            return message.context.run(make)
        with in_language(self._languages.get(chat_id)):
            return make()

    def note_language(self, chat_id: int, tag: str | None) -> None:
        """Remember the language of a chat for as long as the bot runs.

        Args:
            chat_id: a chat with one person.
            tag: that person's language as Telegram gives it, if it does.
        """
        self._languages[chat_id] = tag

    async def show(self, render: Callable[[], Rendered]) -> None:
        """Show the same in all progress messages, each in its language.

        Where an earlier edit still waits for Telegram, nothing is done: the next call after it
        shows what is new by then.

        Args:
            render: makes the text and the buttons, in the language it is called in.
        """
        editing = []
        for chat_id, message in self._messages.items():
            if message.editing is None or message.editing.done():
                message.editing = asyncio.create_task(self._show(chat_id, message, render))
                editing.append(message.editing)
        if editing:
            done, _ = await asyncio.wait(editing, timeout=MAX_WAIT_S)
            for edit in done:
                edit.result()

    async def detach(self, chat_id: int, render: Callable[[], Rendered]) -> bool:
        """Edit a chat's progress message for the last time.

        Returns:
            False if the user cannot see the edit.
        """
        message = self._messages.pop(chat_id, None)
        if message is None:
            return False
        if message.editing is not None and not message.editing.done():
            message.editing.cancel()
            await asyncio.wait({message.editing})
            message.shown = None
        return await self._show(chat_id, message, render)

    async def detach_all(self, render: Callable[[], Rendered]) -> None:
        """Edit all messages for the last time."""
        for chat_id in self.chats():
            await self.detach(chat_id, render)

    async def _show(
        self, chat_id: int, message: _ProgressMessage, render: Callable[[], Rendered]
    ) -> bool:
        text, buttons = message.context.run(render)
        if text == message.shown:
            return True
        message.shown = text
        try:
            await self._bot.edit_message_text(
                text, chat_id, message.message_id, reply_markup=buttons
            )
        except (BadRequest, Forbidden) as error:
            # Deleted, or the bot is blocked. "Not modified" follows a lost confirmation.
            logger.info("Progress message unchanged: %s", error)
            return "not modified" in str(error)
        except TelegramError as error:
            logger.warning("A progress message could not be edited: %s", error)
            message.shown = None
            return False
        return True
