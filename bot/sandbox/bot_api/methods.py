"""The Bot API methods that the sandbox has; docs/sandbox.md says how they differ from Telegram."""

from collections.abc import Awaitable, Callable

from bot.sandbox.bot_api import edit, get_updates, queries, send
from bot.sandbox.bot_api.params import Params
from bot.sandbox.errors import BotApiError
from bot.sandbox.state.sandbox_state import SandboxState

Method = Callable[[SandboxState, Params], Awaitable[object]]

METHODS: dict[str, Method] = {
    "getMe": queries.get_me,
    "getUpdates": get_updates.get_updates,
    "setWebhook": get_updates.set_webhook,
    "deleteWebhook": get_updates.delete_webhook,
    "getWebhookInfo": get_updates.get_webhook_info,
    "sendMessage": send.send_message,
    "sendPhoto": send.send_photo,
    "sendDocument": send.send_document,
    "sendMediaGroup": send.send_media_group,
    "sendChatAction": send.send_chat_action,
    "editMessageText": edit.edit_message_text,
    "editMessageCaption": edit.edit_message_caption,
    "editMessageMedia": edit.edit_message_media,
    "editMessageReplyMarkup": edit.edit_message_reply_markup,
    "deleteMessage": edit.delete_message,
    "answerCallbackQuery": queries.answer_callback_query,
    "getFile": queries.get_file,
    "setMyCommands": queries.set_my_commands,
    "getMyCommands": queries.get_my_commands,
    "deleteMyCommands": queries.delete_my_commands,
    "getChat": queries.get_chat,
    "getChatMember": queries.get_chat_member,
    "getChatAdministrators": queries.get_chat_administrators,
}
_METHODS_BY_LOWER_NAME = {name.lower(): method for name, method in METHODS.items()}


async def call(state: SandboxState, name: str, params: Params) -> object:
    """Run a method and return its result.

    Args:
        state: the sandbox.
        name: the method's name in any case, as in Telegram.
        params: its parameters.

    Raises:
        BotApiError: Telegram would reject the call.
    """
    method = _METHODS_BY_LOWER_NAME.get(name.lower())
    if method is None:
        raise BotApiError(404, "Not Found: method not found")
    return await method(state, params)
