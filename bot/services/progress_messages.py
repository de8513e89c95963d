"""The messages in which admins watch a retraining."""

import logging
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import TypeVar

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.i18n import in_language

T = TypeVar("T")
Rendered = tuple[str, InlineKeyboardMarkup | None]

logger = logging.getLogger(__name__)


@dataclass
class _ProgressMessage:
    message_id: int
    shown: str | None
    # Whoever put it up did so in their language: what it shows is worded in that, too.
    context: Context = field(default_factory=copy_context)


class ProgressMessages:
    """One message a chat, edited when there is something else to be seen.

    Args:
        bot: whose messages they are.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._screens: dict[int, _ProgressMessage] = {}
        self._languages: dict[int, str | None] = {}  # as Telegram gives them, by chat

    def attach(self, chat_id: int, message_id: int, shown: str | None = None) -> None:
        """Use a message as the screen of its chat, instead of the one before if there is one.

        Args:
            chat_id: where it is.
            message_id: its.
            shown: its text, if it has the one of a screen already.
        """
        self._screens[chat_id] = _ProgressMessage(message_id, shown)

    def chats(self) -> list[int]:
        """The chats that have one."""
        return list(self._screens)

    def render_for(self, chat_id: int, made: Callable[[], T]) -> T:
        """Make a sentence in the language of a chat's screen.

        If there is none, in the language last noted for the chat; in English if none was.
        """
        if screen := self._screens.get(chat_id):
            return screen.context.run(made)
        with in_language(self._languages.get(chat_id)):
            return made()

    def note_language(self, chat_id: int, tag: str | None) -> None:
        """Note what is spoken in a chat, for as long as the bot runs.

        Args:
            chat_id: of the chat with one person.
            tag: the person's language, as Telegram gives it, if it does.
        """
        self._languages[chat_id] = tag

    async def show(self, look: Callable[[], Rendered]) -> None:
        """Show the same on all of them, worded for each.

        Args:
            look: makes the text and the buttons, in the language of the moment.
        """
        for chat_id in self.chats():
            await self._show(chat_id, look)

    async def detach(self, chat_id: int, look: Callable[[], Rendered]) -> bool:
        """Show something for the last time.

        Returns:
            Whether that is to be seen now.
        """
        seen = await self._show(chat_id, look)
        self._screens.pop(chat_id, None)
        return seen

    async def _show(self, chat_id: int, look: Callable[[], Rendered]) -> bool:
        screen = self._screens.get(chat_id)
        if screen is None:
            return False
        text, buttons = screen.context.run(look)
        if text == screen.shown:
            return True
        screen.shown = text
        try:
            await self._bot.edit_message_text(
                text, chat_id, screen.message_id, reply_markup=buttons
            )
        except (BadRequest, Forbidden) as error:
            # Erased, or the bot is blocked. "Not modified" may come after a confirmation got lost.
            logger.info("A progress message stays as it is: %s", error)
            return "not modified" in str(error)
        except TelegramError as error:
            logger.warning("A progress message could not be renewed: %s", error)
            screen.shown = None
            return False
        return True
