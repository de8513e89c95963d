"""Tells a group how to ask the bot there, and which commands belong in a private chat."""

from telegram import ChatMember, ChatMemberRestricted, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.context import Context
from bot.handlers.common.mentions import names_bot
from bot.handlers.user.sending import reply
from bot.replies import help as replies

_MEMBER = {ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}


async def added(update: Update, context: Context) -> None:
    """Say how to ask the bot, in a group that it was not in before."""
    change = update.my_chat_member
    if change is None or change.chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
        return
    if _is_in_group(change.new_chat_member) and not _is_in_group(change.old_chat_member):
        is_admin = change.new_chat_member.status == ChatMemberStatus.ADMINISTRATOR
        await context.bot.send_message(change.chat.id, _how_to_ask(context, sees_all=is_admin))


async def help_in_group(update: Update, context: Context) -> None:
    """Say how to ask the bot. A /help that does not name it may be meant for another bot."""
    message = update.message
    if message and names_bot(message, context.bot.username):
        await reply(message, _how_to_ask(context))


async def only_in_private(update: Update, context: Context) -> None:
    """Say that a command is for private chats, if it names the bot."""
    message = update.message
    if message and names_bot(message, context.bot.username):
        await reply(message, replies.only_in_private(context.bot.username))


def _how_to_ask(context: Context, *, sees_all: bool = False) -> str:
    """Return how to ask the bot in a group.

    Args:
        context: the context of the update.
        sees_all: whether Telegram passes on all messages of the group, although the bot is in
            privacy mode, because it is an admin there.
    """
    bot = context.bot
    return replies.how_to_ask_in_group(
        bot.username, sees_all or bool(bot.bot.can_read_all_group_messages)
    )


def _is_in_group(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status in _MEMBER
