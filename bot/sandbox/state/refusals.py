"""Telegram's refusals that a test can order, by name, with HTTP status and description.

The wording is that of the public Bot API server (github.com/tdlib/telegram-bot-api, Client.cpp:
`check_chat_access`, `fail_query_with_error`, `do_get_file`, `get_closing_error`) and of TDLib
(github.com/tdlib/td, e.g. `DialogManager::can_send_message_content`). Errors in capitals are those
of Telegram's own servers (https://core.telegram.org/method/messages.sendMessage), passed through.
Reports of them by bots:

    migrated            github.com/TwiN/gatus/issues/179
    no_text_rights      github.com/TelegramBotAPI/errors/issues/5
"""

REFUSALS: dict[str, tuple[int, str]] = {
    # The chat is closed to the bot.
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "kicked_from_group": (403, "Forbidden: bot was kicked from the group chat"),
    "kicked_from_supergroup": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "not_a_member": (403, "Forbidden: bot is not a member of the supergroup chat"),
    "group_deleted": (403, "Forbidden: the group chat was deleted"),
    "chat_not_found": (400, "Bad Request: chat not found"),
    "migrated": (400, "Bad Request: group chat was upgraded to a supergroup chat"),
    # The bot may not write this, or not here.
    "no_text_rights": (400, "Bad Request: not enough rights to send text messages to the chat"),
    "no_photo_rights": (400, "Bad Request: not enough rights to send photos to the chat"),
    "no_document_rights": (400, "Bad Request: not enough rights to send documents to the chat"),
    "no_rights": (400, "Bad Request: have no rights to send a message"),
    "write_forbidden": (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
    "topic_closed": (400, "Bad Request: TOPIC_CLOSED"),
    # What the call refers to is gone, or its content is not accepted.
    "reply_not_found": (400, "Bad Request: message to be replied not found"),
    "edit_not_found": (400, "Bad Request: message to edit not found"),
    "query_too_old": (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    ),
    "image_rejected": (400, "Bad Request: IMAGE_PROCESS_FAILED"),
    "too_large": (413, "Request Entity Too Large"),
    # getFile.
    "file_too_big": (400, "Bad Request: file is too big"),
    "file_unavailable": (
        400,
        "Bad Request: wrong file_id or the file is temporarily unavailable",
    ),
    # Any method. Telegram answers 401 once the bot's owner has revoked the token.
    "unauthorized": (401, "Unauthorized"),
    "not_found": (404, "Not Found"),
}
