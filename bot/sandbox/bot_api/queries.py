"""The other Bot API methods: getMe, chats, files, command menus, answers to button presses."""

import asyncio
from pathlib import Path

from bot.sandbox.bot_api.params import Params
from bot.sandbox.bot_api.targets import requested_chat
from bot.sandbox.cast import ADMIN_ID, BOT, BOT_ID, Json
from bot.sandbox.errors import bad_request
from bot.sandbox.state.commands import MenuKey, menu_key
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.text import utf16_length

MAX_DOWNLOAD_BYTES = 20 * 2**20
MAX_ANSWER_LENGTH = 200


async def get_me(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#getme."""
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
    """See https://core.telegram.org/bots/api#getchat."""
    chat = requested_chat(state, params)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return {
        **chat.info,
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), False),
    }


async def get_chat_member(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#getchatmember."""
    chat = requested_chat(state, params)
    user_id = params.integer("user_id")
    user = BOT if user_id == BOT_ID else state.user(user_id)
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID" if user_id else "invalid user_id specified")
    if user_id not in chat.members:
        return {"user": user, "status": "left"}
    if user_id == ADMIN_ID and not chat.private:
        return _creator(user)
    return {"user": user, "status": "member"}


async def get_chat_administrators(state: SandboxState, params: Params) -> list[Json]:
    """See https://core.telegram.org/bots/api#getchatadministrators."""
    if requested_chat(state, params).private:
        raise bad_request("there are no administrators in the private chat")
    owner = state.user(ADMIN_ID)
    return [_creator(owner)] if owner else []


def _creator(user: Json) -> Json:
    return {"user": user, "status": "creator", "is_anonymous": False}


async def get_file(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#getfile."""
    if not params.text("file_id"):
        raise bad_request("file_id not specified")
    found = state.files.find(params.text("file_id"))
    if found is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if (folder := state.options.local_folder) is not None:
        path = folder / state.options.token / found.path
        await asyncio.to_thread(_write_once, path, found.data)
        return {**found.file_fields(), "file_path": str(path)}
    if len(found.data) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {**found.file_fields(), "file_path": found.path}


def _write_once(path: Path, data: bytes) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


async def set_my_commands(state: SandboxState, params: Params) -> bool:
    """See https://core.telegram.org/bots/api#setmycommands."""
    commands = params.json_array("commands", "BotCommand") or []
    if not all(isinstance(command, dict) for command in commands):
        raise bad_request("can't parse BotCommand: Expected an Object")
    state.command_menus.set(_menu_key(state, params), commands)
    state.events.add("commands")
    return True


async def get_my_commands(state: SandboxState, params: Params) -> list[Json]:
    """See https://core.telegram.org/bots/api#getmycommands."""
    return state.command_menus.get(_menu_key(state, params))


async def delete_my_commands(state: SandboxState, params: Params) -> bool:
    """See https://core.telegram.org/bots/api#deletemycommands."""
    state.command_menus.set(_menu_key(state, params), [])
    state.events.add("commands")
    return True


async def answer_callback_query(state: SandboxState, params: Params) -> bool:
    """See https://core.telegram.org/bots/api#answercallbackquery."""
    text = params.text("text")
    if utf16_length(text) > MAX_ANSWER_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    query_id, alert = params.text("callback_query_id"), params.boolean("show_alert")
    press = state.callback_queries.answer(query_id, text, alert)
    state.events.add(
        "callback_answer",
        chat_id=press.chat_id,
        user_id=press.query["from"]["id"],
        callback_query_id=query_id,
        text=text,
        show_alert=alert,
    )
    return True


def _menu_key(state: SandboxState, params: Params) -> MenuKey:
    scope = params.json_object("scope", "BotCommandScope")
    key = menu_key(scope, params.text("language_code"))
    if key.chat_id:
        chat = state.chats.find(key.chat_id)
        # The bot has no chat with a user who has not written to it yet.
        if chat is None or not chat.bot_may_write:
            raise bad_request("chat not found")
    return key
