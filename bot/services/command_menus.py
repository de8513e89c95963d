"""The command menus of private chats, of groups, and of each admin's private chat.

Telegram stores each menu once per language, and once for users with any other language. A menu does
not grant permission; handlers check that.
"""

import asyncio
import logging
from collections.abc import Callable, Collection

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import BadRequest, Forbidden

from bot.i18n import LANGUAGES, in_language
from bot.replies import help as help_replies
from bot.replies import stats as admin_replies

Commands = Callable[[], list[tuple[str, str]]]

logger = logging.getLogger(__name__)


async def set_menus(bot: Bot, admins: Collection[int]) -> None:
    """Set all menus.

    Args:
        bot: the bot that the menus belong to.
        admins: Telegram user ids.

    Raises:
        telegram.error.TelegramError: Telegram cannot be reached.
    """
    await _set(bot, help_replies.commands, BotCommandScopeAllPrivateChats())
    await _set(bot, help_replies.group_commands, BotCommandScopeAllGroupChats())
    for admin in sorted(admins):
        try:
            await set_admin_menu(bot, admin)
        except (BadRequest, Forbidden) as error:
            # This admin has not written to the bot yet ("Chat not found"), or blocks it.
            logger.info("No menu for an admin until they send /start: %s", error)


async def set_admin_menu(bot: Bot, admin: int) -> None:
    """Set the menu of one admin.

    Args:
        bot: the bot that the menu belongs to.
        admin: Telegram user id, which is also the id of the private chat.

    Raises:
        telegram.error.BadRequest: they have not written to the bot yet.
        telegram.error.Forbidden: they block the bot.
        telegram.error.TelegramError: Telegram cannot be reached.
    """
    await _set(bot, _admins_commands, BotCommandScopeChat(admin))


async def remove_admin_menu(bot: Bot, user: int) -> None:
    """Remove a user's admin menu.

    Args:
        bot: the bot that the menu belongs to.
        user: Telegram user id.

    Raises:
        telegram.error.TelegramError: Telegram cannot be reached.
    """
    scope = BotCommandScopeChat(user)
    await asyncio.gather(
        *(bot.delete_my_commands(scope, language_code=language) for language in (None, *LANGUAGES))
    )


def _admins_commands() -> list[tuple[str, str]]:
    return help_replies.commands() + admin_replies.commands()


async def _set(bot: Bot, commands: Commands, scope: BotCommandScope) -> None:
    await asyncio.gather(
        *(_set_in(language, bot, commands, scope) for language in (None, *LANGUAGES))
    )


async def _set_in(
    language: str | None, bot: Bot, commands: Commands, scope: BotCommandScope
) -> None:
    with in_language(language):
        translated = [BotCommand(*command) for command in commands()]
    await bot.set_my_commands(translated, scope, language_code=language)
