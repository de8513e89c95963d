"""Which chat and message a call of the bot is about."""

from bot.sandbox.bot_api.params import Params
from bot.sandbox.cast import BOT_ID, Json
from bot.sandbox.errors import bad_request, forbidden
from bot.sandbox.state.chats import Chat
from bot.sandbox.state.sandbox_state import SandboxState


def chat_of(state: SandboxState, params: Params) -> Chat:
    """Return the chat that `chat_id` names.

    Raises:
        Failure: there is no such chat.
    """
    name = params.text("chat_id")
    if not name:
        raise bad_request("chat_id is empty")
    chat = state.chats.find(params.number("chat_id"))
    if chat is None:
        raise bad_request("chat not found")
    return chat


def writable_chat(state: SandboxState, params: Params) -> Chat:
    """Return the chat that `chat_id` names, if the bot may write there.

    Raises:
        Failure: no such chat, or a person who has not written to the bot yet.
    """
    chat = chat_of(state, params)
    if params.number("message_thread_id"):
        raise bad_request("message thread not found")
    if not chat.open:
        raise forbidden("bot can't initiate conversation with a user")
    return chat


def replied(chat: Chat, params: Params) -> Json | None:
    """Return the message that the new one answers, or None.

    Raises:
        Failure: it is not there and the call does not allow to send without it.
    """
    given = params.mapping("reply_parameters", "ReplyParameters") or {}
    if given and "message_id" not in given:
        raise bad_request('can\'t find field "message_id"')
    number = str(given.get("message_id") or params.text("reply_to_message_id") or 0)
    elsewhere = str(given.get("chat_id") or chat.id) != str(chat.id)
    if number == "0":
        return None
    message = chat.find(int(number)) if number.isdecimal() and not elsewhere else None
    lax = given.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")
    if message is None and not lax:
        raise bad_request("message to be replied not found")
    return message


def own_message(chat: Chat, params: Params) -> Json:
    """Return the bot's message that is to be edited.

    Raises:
        Failure: it is not there or not the bot's.
    """
    if not params.number("message_id"):
        raise bad_request("message identifier is not specified")
    message = chat.find(params.number("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if message["from"]["id"] != BOT_ID:
        raise bad_request("message can't be edited")
    return message
