"""The control side, /sandbox/...: what people do and see; for what goes wrong see `trouble`.

Used by the chat page and by tests. JSON in and out; a refusal is {"error": sentence}.
"""

import json
import re
from collections.abc import AsyncIterator

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox.bot_api.params import Upload
from bot.sandbox.cast import BOT, USERS, role
from bot.sandbox.control import edit_and_forward as afterwards
from bot.sandbox.control import post as posting
from bot.sandbox.control.request_fields import (
    body_of,
    integer,
    optional_integer,
    query_number,
    state_of,
    string,
)
from bot.sandbox.errors import Refusal
from bot.sandbox.state.callbacks import Press
from bot.sandbox.state.sandbox_state import SandboxState

HEARTBEAT = 15.0
"""Seconds between signs of life on a quiet event stream, by which a gone reader is noticed."""
LONGEST_WAIT = 60.0
MOST_BYTES = 200 * 2**20
LANGUAGE = re.compile("[a-z]{2,3}(-[a-zA-Z0-9]{2,8})*")


async def get_state(request: Request) -> Response:
    """Who and what there is, and the number of the newest event."""
    state = state_of(request)
    return JSONResponse(
        {
            "bot": BOT,
            "users": [
                {**(state.person(user_id) or {}), "role": role(user_id)} for user_id in USERS
            ],
            "chats": [{**chat.info, "members": sorted(chat.members)} for chat in state.chats],
            "last_event": state.events.last,
        }
    )


async def messages(request: Request) -> Response:
    """The messages of a chat, oldest first."""
    chat_id = integer(request.path_params, "chat_id")
    chat = state_of(request).chats.find(chat_id)
    if chat is None:
        raise Refusal(404, f"There is no chat {chat_id}.")
    return JSONResponse({"messages": chat.messages()})


async def text(request: Request) -> Response:
    """Post a text as a person."""
    state, body = state_of(request), await body_of(request)
    chat, user = posting.member(
        state, integer(request.path_params, "chat_id"), integer(body, "user_id")
    )
    message = posting.send_text(
        state, chat, user, string(body, "text"), optional_integer(body, "reply_to_message_id")
    )
    return JSONResponse({"message": message})


async def media(request: Request) -> Response:
    """Post photos or documents as a person."""
    state = state_of(request)
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise Refusal(413, f"Send at most {MOST_BYTES // 2**20} MB at a time.")
    try:
        async with request.form(max_part_size=MOST_BYTES) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            files = await _files(form)
    except HTTPException as fault:
        raise Refusal(422, f"The form cannot be read: {fault.detail}") from None
    chat, user = posting.member(
        state, integer(request.path_params, "chat_id"), integer(fields, "user_id")
    )
    posted = await posting.send_media(
        state,
        chat,
        user,
        fields.get("kind", "photo"),
        files,
        fields.get("caption", ""),
        optional_integer(fields, "reply_to_message_id"),
    )
    return JSONResponse({"messages": posted})


async def _files(form: FormData) -> list[Upload]:
    return [
        Upload(value.filename or "", value.content_type or "", await value.read())
        for value in form.getlist("files")
        if isinstance(value, UploadFile)
    ]


async def press(request: Request) -> Response:
    """Press a button as a person."""
    state, body = state_of(request), await body_of(request)
    chat, user = posting.member(
        state, integer(request.path_params, "chat_id"), integer(body, "user_id")
    )
    query_id = posting.press(
        state,
        chat,
        user,
        integer(body, "message_id"),
        string(body, "data"),
        bool(body.get("force")),
    )
    return JSONResponse({"callback_query_id": query_id})


async def caption(request: Request) -> Response:
    """Change the caption of a person's photo or file."""
    state, body = state_of(request), await body_of(request)
    chat, user = posting.member(
        state, integer(request.path_params, "chat_id"), integer(body, "user_id")
    )
    message = afterwards.edit_caption(
        state, chat, user, integer(body, "message_id"), string(body, "caption")
    )
    return JSONResponse({"message": message})


async def forward(request: Request) -> Response:
    """Forward a message from another chat as a person."""
    state, body = state_of(request), await body_of(request)
    user_id = integer(body, "user_id")
    chat, user = posting.member(state, integer(request.path_params, "chat_id"), user_id)
    source, _ = posting.member(state, integer(body, "from_chat_id"), user_id)
    message = afterwards.forward(state, chat, user, source, integer(body, "message_id"))
    return JSONResponse({"message": message})


async def callback(request: Request) -> Response:
    """Whether and how the bot answered a press."""
    found = press_of(request)
    return JSONResponse(
        {"answered": found.answered, "text": found.text, "show_alert": found.show_alert}
    )


def press_of(request: Request) -> Press:
    """The press that a request is about."""
    found = state_of(request).callbacks.find(request.path_params["query_id"])
    if found is None:
        raise Refusal(404, "There is no such callback query.")
    return found


async def commands(request: Request) -> Response:
    """The command menu a person sees in a chat."""
    state = state_of(request)
    user_id = integer(request.path_params, "user_id")
    chat_id = optional_integer(request.query_params, "chat_id")
    _, user = posting.member(state, user_id if chat_id is None else chat_id, user_id)
    shown = state.commands.shown(user_id, chat_id or user_id, user["language_code"])
    return JSONResponse({"commands": shown})


async def language(request: Request) -> Response:
    """Set the language of a person's app."""
    state, body = state_of(request), await body_of(request)
    user_id, tag = integer(request.path_params, "user_id"), string(body, "language_code")
    if state.person(user_id) is None:
        raise Refusal(404, f"There is no user {user_id}.")
    if not LANGUAGE.fullmatch(tag):
        raise Refusal(422, f'language_code must be a tag such as "de" or "pt-br", not {tag!r}.')
    state.set_language(user_id, tag)
    return JSONResponse({})


async def file(request: Request) -> Response:
    """The bytes of a file."""
    found = state_of(request).files.find(request.path_params["file_id"])
    if found is None:
        raise Refusal(404, "There is no such file, or it was dropped to make room.")
    headers = {
        # Nothing a person sent may run as a page of ours.
        "content-security-policy": "sandbox",
        "x-content-type-options": "nosniff",
        # An id stands for these bytes for ever.
        "cache-control": "private, max-age=86400, immutable",
    }
    return Response(found.data, media_type=found.mime, headers=headers)


async def events(request: Request) -> Response:
    """Events as they happen, as Server-Sent Events."""
    after = query_number(request, "after", 0)
    seen = request.headers.get("last-event-id", "")
    start = int(seen) if seen.isdecimal() else int(after)
    # A number from before a restart of the sandbox: the page has missed everything.
    start = start if start <= state_of(request).events.last else 0
    headers = {"cache-control": "no-store"}
    return StreamingResponse(
        _stream(state_of(request), start), media_type="text/event-stream", headers=headers
    )


async def _stream(state: SandboxState, seen: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    while not state.events.closed:
        fresh = await state.events.wait(seen, HEARTBEAT)
        for event in fresh:
            seen = event["seq"]
            yield f"id: {seen}\ndata: {json.dumps(event)}\n\n"
        if not fresh:
            yield ": still here\n\n"


async def poll(request: Request) -> Response:
    """Events after a number, waiting for the first."""
    state = state_of(request)
    seconds = min(query_number(request, "timeout", 0), LONGEST_WAIT)
    found = await state.events.wait(int(query_number(request, "after", 0)), seconds)
    return JSONResponse({"events": found, "last_event": state.events.last})


async def requests(request: Request) -> Response:
    """What the bot called of late, oldest first."""
    return JSONResponse({"requests": [*state_of(request).requests]})


ROUTES = [
    Route("/sandbox/state", get_state),
    Route("/sandbox/chats/{chat_id}/messages", messages),
    Route("/sandbox/chats/{chat_id}/text", text, methods=["POST"]),
    Route("/sandbox/chats/{chat_id}/media", media, methods=["POST"]),
    Route("/sandbox/chats/{chat_id}/press", press, methods=["POST"]),
    Route("/sandbox/chats/{chat_id}/caption", caption, methods=["POST"]),
    Route("/sandbox/chats/{chat_id}/forward", forward, methods=["POST"]),
    Route("/sandbox/callbacks/{query_id}", callback),
    Route("/sandbox/users/{user_id}/commands", commands),
    Route("/sandbox/users/{user_id}/language", language, methods=["POST"]),
    Route("/sandbox/files/{file_id}", file),
    Route("/sandbox/events", events),
    Route("/sandbox/events/poll", poll),
    Route("/sandbox/requests", requests),
]
