"""getMe, getChat, getChatMember, getFile, the command menus, answerCallbackQuery, logOut, close."""

import math
from typing import Final

from bot.sandbox.bot_api.params import Params
from bot.sandbox.bot_api.targets import chat_of
from bot.sandbox.cast import ADMIN_ID, BOT, BOT_ID, Json
from bot.sandbox.errors import bad_request, too_many_requests
from bot.sandbox.state import commands
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.text import units

DOWNLOAD_LIMIT: Final = 20 * 2**20
ANSWER_LIMIT: Final = 200
TEN_MINUTES: Final = 600.0


async def get_me(state: SandboxState, params: Params) -> Json:
    """https://core.telegram.org/bots/api#getme"""
    del params
    return {
        **BOT,
        "can_join_groups": True,
        "can_read_all_group_messages": not state.options.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_chat(state: SandboxState, params: Params) -> Json:
    """https://core.telegram.org/bots/api#getchat"""
    chat = chat_of(state, params)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return {
        **chat.info,
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), False),
    }


async def get_chat_member(state: SandboxState, params: Params) -> Json:
    """https://core.telegram.org/bots/api#getchatmember"""
    chat = chat_of(state, params)
    user_id = params.number("user_id")
    user = BOT if user_id == BOT_ID else state.person(user_id)
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID" if user_id else "invalid user_id specified")
    if user_id not in chat.members:
        return {"user": user, "status": "left"}
    if user_id == ADMIN_ID and not chat.private:
        return {"user": user, "status": "creator", "is_anonymous": False}
    return {"user": user, "status": "member"}


async def get_file(state: SandboxState, params: Params) -> Json:
    """https://core.telegram.org/bots/api#getfile"""
    if not params.text("file_id"):
        raise bad_request("file_id not specified")
    found = state.files.find(params.text("file_id"))
    if found is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(found.data) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {**found.describe(), "file_path": found.path}


async def set_my_commands(state: SandboxState, params: Params) -> bool:
    """https://core.telegram.org/bots/api#setmycommands"""
    given = params.rows("commands", "BotCommand")
    if not all(isinstance(command, dict) for command in given or []):
        raise bad_request("can't parse BotCommand: Expected an Object")
    state.commands.set(_menu(state, params), given or [])
    state.events.add("commands")
    return True


async def get_my_commands(state: SandboxState, params: Params) -> list[Json]:
    """https://core.telegram.org/bots/api#getmycommands"""
    return state.commands.get(_menu(state, params))


async def delete_my_commands(state: SandboxState, params: Params) -> bool:
    """https://core.telegram.org/bots/api#deletemycommands"""
    state.commands.set(_menu(state, params), [])
    state.events.add("commands")
    return True


async def answer_callback_query(state: SandboxState, params: Params) -> bool:
    """https://core.telegram.org/bots/api#answercallbackquery"""
    text = params.text("text")
    if units(text) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    query_id, alert = params.text("callback_query_id"), params.flag("show_alert")
    press = state.callbacks.answer(query_id, text, alert)
    state.events.add(
        "callback_answer",
        chat_id=press.chat_id,
        user_id=press.query["from"]["id"],
        callback_query_id=query_id,
        text=text,
        show_alert=alert,
    )
    return True


async def log_out(state: SandboxState, params: Params) -> bool:
    """https://core.telegram.org/bots/api#logout"""
    del params
    state.logged_out_at = state.options.clock()
    state.updates.close()
    await state.webhook.stop()
    return True


async def close(state: SandboxState, params: Params) -> bool:
    """https://core.telegram.org/bots/api#close"""
    del params
    left = state.born + TEN_MINUTES - state.options.clock()
    if left > 0:
        raise too_many_requests(math.ceil(left))
    return True


def _menu(state: SandboxState, params: Params) -> commands.Key:
    scope = params.mapping("scope", "BotCommandScope")
    menu = commands.key(scope, params.text("language_code"))
    if menu[1]:
        chat = state.chats.find(menu[1])
        # A person who has not written to the bot yet is no chat of it.
        if chat is None or not chat.open:
            raise bad_request("chat not found")
    return menu
