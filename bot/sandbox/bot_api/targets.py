"""The chat and message that a call of the bot refers to."""

from bot.sandbox.bot_api.params import Params
from bot.sandbox.cast import BOT_ID, Json
from bot.sandbox.errors import bad_request, forbidden
from bot.sandbox.state.chats import Chat
from bot.sandbox.state.sandbox_state import SandboxState


def requested_chat(state: SandboxState, params: Params) -> Chat:
    """Return the chat with the call's `chat_id`.

    Raises:
        BotApiError: there is no such chat.
    """
    if not params.text("chat_id"):
        raise bad_request("chat_id is empty")
    chat = state.chats.find(params.integer("chat_id"))
    if chat is None:
        raise bad_request("chat not found")
    return chat


def writable_chat(state: SandboxState, params: Params) -> Chat:
    """Return the chat with the call's `chat_id`, if the bot may write there.

    Raises:
        BotApiError: there is no such chat, the bot is not in it, or the user has not written to
            the bot yet.
    """
    chat = requested_chat(state, params)
    if BOT_ID not in chat.members:
        # It is in every group until it is removed, and has never been in the channel.
        if chat.info["type"] == "supergroup":
            raise forbidden("bot was kicked from the supergroup chat")
        raise forbidden("bot is not a member of the channel chat")
    if not chat.bot_may_write:
        raise forbidden("bot can't initiate conversation with a user")
    return chat


def requested_topic(chat: Chat, params: Params) -> int | None:
    """Return the call's `message_thread_id`, or None.

    Raises:
        BotApiError: it is that of no topic. Telegram refuses that of "General", too:
            https://github.com/tdlib/telegram-bot-api/issues/798.
    """
    topic = params.integer("message_thread_id")
    if topic and topic not in chat.topics:
        raise bad_request("message thread not found")
    return topic or None


def replied_message(chat: Chat, params: Params) -> Json | None:
    """Return the message that the new one replies to, or None.

    Raises:
        BotApiError: it does not exist and the call requires it.
    """
    reply = params.json_object("reply_parameters", "ReplyParameters") or {}
    if reply and "message_id" not in reply:
        raise bad_request('can\'t find field "message_id"')
    message_id = str(reply.get("message_id") or params.text("reply_to_message_id") or 0)
    if message_id == "0":
        return None
    is_here = str(reply.get("chat_id") or chat.id) == str(chat.id)
    message = chat.find(int(message_id)) if message_id.isdecimal() and is_here else None
    optional = "allow_sending_without_reply"
    if message is None and not (reply.get(optional) or params.boolean(optional)):
        raise bad_request("message to be replied not found")
    return message


def editable_message(chat: Chat, params: Params) -> Json:
    """Return the message of the bot that a call edits.

    Raises:
        BotApiError: it does not exist or is not the bot's.
    """
    if not params.integer("message_id"):
        raise bad_request("message identifier is not specified")
    message = chat.find(params.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if message.get("from", {}).get("id") != BOT_ID:
        raise bad_request("message can't be edited")
    return message
