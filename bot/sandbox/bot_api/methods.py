"""The methods of the Bot API that the sandbox knows."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.sandbox.bot_api import edit as editing
from bot.sandbox.bot_api import get_updates as receiving
from bot.sandbox.bot_api import queries as asking
from bot.sandbox.bot_api import send as sending
from bot.sandbox.bot_api.params import Params
from bot.sandbox.errors import Failure
from bot.sandbox.state.sandbox_state import SandboxState

Method = Callable[[SandboxState, Params], Awaitable[object]]

METHODS: Final[dict[str, Method]] = {
    "getMe": asking.get_me,
    "logOut": asking.log_out,
    "close": asking.close,
    "getUpdates": receiving.get_updates,
    "setWebhook": receiving.set_webhook,
    "deleteWebhook": receiving.delete_webhook,
    "getWebhookInfo": receiving.get_webhook_info,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendMediaGroup": sending.send_media_group,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": editing.edit_message_text,
    "editMessageCaption": editing.edit_message_caption,
    "editMessageMedia": editing.edit_message_media,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
    "answerCallbackQuery": asking.answer_callback_query,
    "getFile": asking.get_file,
    "setMyCommands": asking.set_my_commands,
    "getMyCommands": asking.get_my_commands,
    "deleteMyCommands": asking.delete_my_commands,
    "getChat": asking.get_chat,
    "getChatMember": asking.get_chat_member,
}
_BY_LOWER_NAME: Final = {name.lower(): method for name, method in METHODS.items()}


async def call(state: SandboxState, name: str, params: Params) -> object:
    """Carry out a method and return its result; names match in any case, as in Telegram.

    Raises:
        Failure: Telegram would refuse the call.
    """
    logged_out = state.logged_out_at
    if logged_out is not None and state.options.clock() < logged_out + asking.TEN_MINUTES:
        raise Failure(400, "Logged out")
    method = _BY_LOWER_NAME.get(name.lower())
    if method is None:
        raise Failure(404, "Not Found: method not found")
    return await method(state, params)
