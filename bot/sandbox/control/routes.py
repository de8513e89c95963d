"""The control side, /sandbox/...: what users do and see, for the chat page and for tests.

Requests and answers are JSON; an error is {"error": sentence}.
"""

import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox.bot_api.params import Upload
from bot.sandbox.cast import BOT, Json, role
from bot.sandbox.control import edit_and_forward, membership, post
from bot.sandbox.control.request_fields import (
    boolean,
    finite,
    integer,
    json_body,
    optional_integer,
    string,
)
from bot.sandbox.errors import ControlError
from bot.sandbox.state.callbacks import ButtonPress
from bot.sandbox.state.chats import Chat
from bot.sandbox.state.sandbox_state import SandboxState, state_of

HEARTBEAT_S = 15.0
"""Interval of comments on a quiet event stream, by which a closed connection is noticed."""
MAX_POLL_S = 60.0
MAX_BODY_BYTES = 200 * 2**20
LANGUAGE_TAG = re.compile("[a-z]{2,3}(-[a-zA-Z0-9]{2,8})*")


async def get_state(request: Request) -> Response:
    """Return the bot and whether it is there, the users, the chats, the newest event's number."""
    state = state_of(request)
    return JSONResponse(
        {
            "bot": BOT,
            "presence": state.presence.now,
            "users": [
                {**(state.user(user_id) or {}), "role": role(user_id)} for user_id in state.users
            ],
            "chats": [_described(chat, state.users.values()) for chat in state.chats],
            "last_event": state.events.last,
        }
    )


def _described(chat: Chat, users: Iterable[Json]) -> Json:
    return {
        **chat.info,
        "members": sorted(chat.members),
        "topics": [{"id": topic, "name": name} for topic, name in chat.topics.items()],
        "identities": {
            user["id"]: names for user in users if (names := post.identities(chat, user))
        },
    }


async def get_messages(request: Request) -> Response:
    """Return the messages of a chat, oldest first."""
    chat_id = integer(request.path_params, "chat_id")
    chat = state_of(request).chats.find(chat_id)
    if chat is None:
        raise ControlError(404, f"There is no chat {chat_id}.")
    return JSONResponse({"messages": chat.messages()})


async def post_text(request: Request) -> Response:
    body = await json_body(request)
    chat, user = _chat_and_user(request, body)
    reply_to = optional_integer(body, "reply_to_message_id")
    where = _place(chat, user, body)
    text = string(body, "text")
    message = post.send_text(state_of(request), chat, user, text, reply_to, where)
    return JSONResponse({"message": message})


async def post_media(request: Request) -> Response:
    """Send files as a user; see `uploads.message_content`."""
    fields, files, pictures = await _form(request)
    chat, user = _chat_and_user(request, fields)
    messages = await post.send_media(
        state_of(request),
        chat,
        user,
        fields.get("kind", "photo"),
        files,
        fields.get("caption", ""),
        optional_integer(fields, "reply_to_message_id"),
        post.Cover(boolean(fields, "has_spoiler"), boolean(fields, "has_protected_content")),
        _place(chat, user, fields),
        pictures[0].data if pictures else b"",
    )
    return JSONResponse({"messages": messages})


async def press_button(request: Request) -> Response:
    body = await json_body(request)
    chat, user = _chat_and_user(request, body)
    message_id, data = integer(body, "message_id"), string(body, "data")
    force = bool(body.get("force"))
    query_id = post.press_button(state_of(request), chat, user, message_id, data, force)
    return JSONResponse({"callback_query_id": query_id})


async def edit_caption(request: Request) -> Response:
    """Change the caption of a user's photo or file."""
    body = await json_body(request)
    chat, user = _chat_and_user(request, body)
    message_id, caption = integer(body, "message_id"), string(body, "caption")
    message = edit_and_forward.edit_caption(state_of(request), chat, user, message_id, caption)
    return JSONResponse({"message": message})


async def forward(request: Request) -> Response:
    """Forward a message from another chat as a user."""
    state, body = state_of(request), await json_body(request)
    chat, user = _chat_and_user(request, body)
    source, _ = post.chat_member(state, integer(body, "from_chat_id"), user["id"])
    message_id = integer(body, "message_id")
    message = edit_and_forward.forward(state, chat, user, source, message_id)
    return JSONResponse({"message": message})


async def set_bot_membership(request: Request) -> Response:
    """Add the bot to a group, or remove it."""
    body = await json_body(request)
    chat, user = _chat_and_user(request, body)
    is_member = bool(body.get("is_member"))
    membership.set_bot_membership(state_of(request), chat, user, is_member)
    return JSONResponse({})


async def get_callback_answer(request: Request) -> Response:
    """Return whether and how the bot has answered a button press."""
    press = requested_press(request)
    return JSONResponse(
        {"answered": press.answered, "text": press.text, "show_alert": press.show_alert}
    )


def requested_press(request: Request) -> ButtonPress:
    """Return the button press with the `query_id` in the path.

    Raises:
        ControlError: there is none.
    """
    press = state_of(request).callback_queries.find(request.path_params["query_id"])
    if press is None:
        raise ControlError(404, "There is no such callback query.")
    return press


async def get_commands(request: Request) -> Response:
    """Return the command menu that a user sees in a chat."""
    state = state_of(request)
    user_id = integer(request.path_params, "user_id")
    chat_id = optional_integer(request.query_params, "chat_id")
    _, user = post.chat_member(state, user_id if chat_id is None else chat_id, user_id)
    commands = state.command_menus.visible_to(user_id, chat_id or user_id, user["language_code"])
    return JSONResponse({"commands": commands})


async def set_language(request: Request) -> Response:
    state, body = state_of(request), await json_body(request)
    user_id, tag = integer(request.path_params, "user_id"), string(body, "language_code")
    if state.user(user_id) is None:
        raise ControlError(404, f"There is no user {user_id}.")
    if not LANGUAGE_TAG.fullmatch(tag):
        raise ControlError(
            422, f'language_code must be a tag such as "de" or "pt-br", not {tag!r}.'
        )
    state.set_language(user_id, tag)
    return JSONResponse({})


async def get_file(request: Request) -> Response:
    found = state_of(request).files.find(request.path_params["file_id"])
    if found is None:
        raise ControlError(404, "There is no such file, or it was dropped to make room.")
    headers = {
        # A file that a user sent must not run as a page of the sandbox.
        "content-security-policy": "sandbox",
        "x-content-type-options": "nosniff",
        # The content behind an id never changes.
        "cache-control": "private, max-age=86400, immutable",
    }
    return Response(found.data, media_type=found.mime, headers=headers)


async def stream_events(request: Request) -> Response:
    """Return events as they happen, as Server-Sent Events."""
    state = state_of(request)
    last_seen = request.headers.get("last-event-id", "")
    after = int(finite(request.query_params, "after", 0))
    after = int(last_seen) if last_seen.isdecimal() else after
    # After a restart of the sandbox, a page's old number is too high: it has missed everything.
    after = after if after <= state.events.last else 0
    return StreamingResponse(
        _event_stream(state, after),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


async def _event_stream(state: SandboxState, after: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    while not state.events.closed:
        new_events = await state.events.wait(after, HEARTBEAT_S)
        for event in new_events:
            after = event["seq"]
            yield f"id: {after}\ndata: {json.dumps(event)}\n\n"
        if not new_events:
            yield ": still here\n\n"


async def poll_events(request: Request) -> Response:
    """Return the events after a number, waiting for the first one."""
    events = state_of(request).events
    timeout = min(finite(request.query_params, "timeout", 0), MAX_POLL_S)
    found = await events.wait(int(finite(request.query_params, "after", 0)), timeout)
    return JSONResponse({"events": found, "last_event": events.last})


async def get_requests(request: Request) -> Response:
    """Return the bot's latest calls, oldest first."""
    return JSONResponse({"requests": [*state_of(request).requests]})


def _chat_and_user(request: Request, fields: Mapping[str, Any]) -> tuple[Chat, Json]:
    chat_id = integer(request.path_params, "chat_id")
    return post.chat_member(state_of(request), chat_id, integer(fields, "user_id"))


def _place(chat: Chat, user: Json, fields: Mapping[str, Any]) -> post.Place:
    as_chat_id = optional_integer(fields, "as_chat_id")
    topic = optional_integer(fields, "message_thread_id")
    return post.place(chat, user, as_chat_id, topic)


async def _form(request: Request) -> tuple[dict[str, str], list[Upload], list[Upload]]:
    """Return the fields of a form, its files, and the pictures for their thumbnails."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        raise ControlError(413, f"Send at most {MAX_BODY_BYTES // 2**20} MB at a time.")
    try:
        async with request.form(max_part_size=MAX_BODY_BYTES) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            return fields, await _files(form, "files"), await _files(form, "thumbnail")
    except HTTPException as error:
        raise ControlError(422, f"The form cannot be read: {error.detail}") from None


async def _files(form: FormData, name: str) -> list[Upload]:
    return [
        Upload(value.filename or "", value.content_type or "", await value.read())
        for value in form.getlist(name)
        if isinstance(value, UploadFile)
    ]


CONTROL_ROUTES = [
    Route("/sandbox/state", get_state),
    Route("/sandbox/chats/{chat_id}/messages", get_messages),
    Route("/sandbox/chats/{chat_id}/text", post_text, methods=["POST"]),
    Route("/sandbox/chats/{chat_id}/media", post_media, methods=["POST"]),
    Route("/sandbox/chats/{chat_id}/press", press_button, methods=["POST"]),
    Route("/sandbox/chats/{chat_id}/caption", edit_caption, methods=["POST"]),
    Route("/sandbox/chats/{chat_id}/forward", forward, methods=["POST"]),
    Route("/sandbox/chats/{chat_id}/bot", set_bot_membership, methods=["POST"]),
    Route("/sandbox/callbacks/{query_id}", get_callback_answer),
    Route("/sandbox/users/{user_id}/commands", get_commands),
    Route("/sandbox/users/{user_id}/language", set_language, methods=["POST"]),
    Route("/sandbox/files/{file_id}", get_file),
    Route("/sandbox/events", stream_events),
    Route("/sandbox/events/poll", poll_events),
    Route("/sandbox/requests", get_requests),
]
