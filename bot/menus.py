"""The command menus: in private chats, in groups, and in the private chats of admins.

A menu is a help only. Whether somebody may give a command is checked when it comes.
"""

import logging
from collections.abc import Collection

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import BadRequest

from bot import admin_replies, replies

Commands = Collection[tuple[str, str]]

logger = logging.getLogger(__name__)


async def set_menus(bot: Bot, admins: Collection[int]) -> None:
    """Set every menu.

    Args:
        bot: whose menus.
        admins: Telegram user ids.

    Raises:
        telegram.error.TelegramError: Telegram cannot be reached.
    """
    await _set(bot, replies.COMMANDS, BotCommandScopeAllPrivateChats())
    await _set(bot, replies.GROUP_COMMANDS, BotCommandScopeAllGroupChats())
    for admin in sorted(admins):
        try:
            await set_admin_menu(bot, admin)
        except BadRequest as error:
            # "Chat not found": this admin has not written to the bot yet. /start sets it.
            logger.info("No menu for an admin until they send /start: %s", error)


async def set_admin_menu(bot: Bot, admin: int) -> None:
    """Set the menu of one admin.

    Args:
        bot: whose menu.
        admin: Telegram user id, which is also the id of their private chat with the bot.

    Raises:
        telegram.error.BadRequest: they have not written to the bot yet.
        telegram.error.TelegramError: Telegram cannot be reached.
    """
    commands = (*replies.COMMANDS, *admin_replies.commands())
    await _set(bot, commands, BotCommandScopeChat(admin))


async def _set(bot: Bot, commands: Commands, scope: BotCommandScope) -> None:
    await bot.set_my_commands([BotCommand(*command) for command in commands], scope)
