"""/language: chooses the language of the answers to a person, or in a group."""

import logging

from telegram import Chat, Message, Update, User
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.context import Context
from bot.errors import UnknownButtonError
from bot.handlers.common.callback_queries import acknowledge, refuse_unknown_button, show_text
from bot.handlers.common.senders import is_anonymous_admin, sender_of
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.i18n import in_language
from bot.keyboards.language import PREFIX, language_buttons, parse
from bot.replies import language as replies

logger = logging.getLogger(__name__)


@reply_on_storage_error
async def language(update: Update, context: Context) -> None:
    """Show the menu of languages; in a group, only to its admins."""
    message = update.message
    if message is None:
        return
    in_group = _is_group(message.chat)
    if in_group and is_anonymous_admin(message):
        await _follow_anonymous_admin(message, context)
        return
    if in_group:
        refusal = await _refusal(message.chat.id, sender_of(message), context)
        if refusal:
            await message.reply_text(refusal, allow_sending_without_reply=True)
            return
    chosen = await _chosen(message.chat, context)
    await message.reply_text(
        replies.question(in_group),
        reply_markup=language_buttons(chosen, in_group),
        allow_sending_without_reply=True,
    )


@reply_on_storage_error
async def choose_language(update: Update, context: Context) -> None:
    """Store the language of a tapped button, and show the menu in it."""
    query = update.callback_query
    if query is None or query.message is None:
        return
    try:
        chosen = parse(query.data or "")
    except UnknownButtonError:
        await refuse_unknown_button(query)
        return
    chat, user, languages = query.message.chat, query.from_user, context.services.languages
    in_group = _is_group(chat)
    if in_group:
        if refusal := await _refusal(chat.id, user, context):
            await acknowledge(query, refusal, alert=True)
            return
        await languages.choose_for_group(chat.id, chosen)
    else:
        await languages.choose_for_user(user.id, chosen)
        context.note_language(user, chosen or user.language_code)
    shown = await languages.chosen(user.id, chat.id if in_group else None)
    with in_language(shown or user.language_code):
        await acknowledge(query, replies.done(chosen, in_group))
        buttons = language_buttons(chosen, in_group)
        await show_text(query, replies.question(in_group), context, buttons)


async def group_moved(update: Update, context: Context) -> None:
    """Keep the language of a group that becomes a supergroup."""
    message = update.message
    if message and message.migrate_to_chat_id:
        await context.services.languages.move_group(message.chat_id, message.migrate_to_chat_id)


async def _chosen(chat: Chat, context: Context) -> str | None:
    """Return the language that was chosen in this chat."""
    if _is_group(chat):
        return await context.services.languages.chosen(None, chat.id)
    return await context.services.languages.chosen(chat.id, None)


def _is_group(chat: Chat) -> bool:
    return chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)


async def _follow_anonymous_admin(message: Message, context: Context) -> None:
    """Choose the language that an anonymous admin names, or say how to name one.

    Buttons would be of no use: a tap comes from the real user, who is missing in the list of admins
    (https://github.com/tdlib/telegram-bot-api/issues/667).
    """
    try:
        chosen = parse(PREFIX + "".join(context.args or ()).lower())
    except UnknownButtonError:
        text = replies.ask_anonymous_admin(context.bot.username)
    else:
        await context.services.languages.choose_for_group(message.chat_id, chosen)
        with in_language(chosen):
            text = replies.done(chosen, in_group=True)
    await message.reply_text(text, allow_sending_without_reply=True)


async def _refusal(chat_id: int, user: User | None, context: Context) -> str | None:
    """Return why a user may not choose the language of a group; None if the user may.

    Channels, of which there is no user, may not.

    `getChatMember` would tell it, too, but "is only guaranteed to work for other users if the bot
    is an administrator" (https://core.telegram.org/bots/api#getchatmember), and usually it is none.
    """
    try:
        admins = await context.bot.get_chat_administrators(chat_id)
    except TelegramError as error:
        logger.warning("Telegram does not tell who the admins of a group are: %s", error)
        return replies.not_checked()
    if any(user and admin.user.id == user.id for admin in admins):
        return None
    return replies.admins_only()
