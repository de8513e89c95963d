"""Requests that the control side refuses."""

import json
from typing import Any

import httpx
import pytest

from bot.sandbox.server import SandboxServer
from tests.support.sandbox_client import ANNA, BEN, SandboxClient


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("/sandbox/chats/5/text", {"user_id": ANNA, "text": "x"}, 404, "There is no chat 5."),
        (
            f"/sandbox/chats/{ANNA}/text",
            {"user_id": BEN, "text": "x"},
            403,
            "Ben is not in this chat.",
        ),
        (f"/sandbox/chats/{ANNA}/text", {"user_id": 7, "text": "x"}, 404, "There is no user 7."),
        (f"/sandbox/chats/{ANNA}/text", {"text": "x"}, 422, "user_id is missing."),
        (
            f"/sandbox/chats/{ANNA}/text",
            {"user_id": "me", "text": "x"},
            422,
            "user_id must be a whole number, not 'me'.",
        ),
        (
            "/sandbox/chats/home/text",
            {"user_id": ANNA, "text": "x"},
            422,
            "chat_id must be a whole number, not 'home'.",
        ),
        (
            f"/sandbox/chats/{ANNA}/text",
            {"user_id": ANNA, "text": None},
            422,
            "text must be a text, not None.",
        ),
        (
            f"/sandbox/chats/{ANNA}/text",
            {"user_id": ANNA, "text": " "},
            422,
            "The message is empty.",
        ),
        (
            f"/sandbox/chats/{ANNA}/text",
            {"user_id": ANNA, "text": "x" * 4097},
            422,
            "A message has at most 4096 characters.",
        ),
        (
            f"/sandbox/chats/{ANNA}/text",
            {"user_id": ANNA, "text": "x", "reply_to_message_id": 99},
            404,
            "There is no message 99 to answer in this chat.",
        ),
        (
            f"/sandbox/chats/{ANNA}/text",
            {"user_id": ANNA, "text": "\ud83d"},
            422,
            "The body must be a JSON object.",
        ),
        (f"/sandbox/chats/{ANNA}/text", [], 422, "The body must be a JSON object."),
        (
            f"/sandbox/chats/{ANNA}/press",
            {"user_id": ANNA, "message_id": 99, "data": "x"},
            404,
            "There is no message 99 in this chat.",
        ),
        (
            f"/sandbox/chats/{ANNA}/press",
            {"user_id": ANNA, "message_id": 2, "data": "x"},
            404,
            "That message has no such button.",
        ),
        (
            f"/sandbox/chats/{ANNA}/press",
            {"user_id": BEN, "message_id": 2, "data": "x"},
            403,
            "Ben is not in this chat.",
        ),
        ("/sandbox/callbacks/5/expire", {}, 404, "There is no such callback query."),
        ("/sandbox/nothing", {}, 404, "Not Found."),
        (
            "/sandbox/faults",
            {"method": "getMe", "kind": "earthquake"},
            422,
            "There is no fault 'earthquake'.",
        ),
        (
            "/sandbox/faults",
            {"kind": "drop"},
            422,
            'method must be a Bot API method, "file" or "*".',
        ),
        (
            "/sandbox/faults",
            {"method": "*", "kind": "drop", "times": 0},
            422,
            "times must be at least 1.",
        ),
        (
            "/sandbox/faults",
            {"method": "*", "kind": "drop", "times": "often"},
            422,
            "times must be a whole number, not 'often'.",
        ),
        (
            "/sandbox/faults",
            {"method": "*", "kind": "html", "status": 99},
            422,
            "status must be an HTTP status from 200 on.",
        ),
        (
            "/sandbox/faults",
            {"method": "*", "kind": "slow_body", "bytes_per_second": 0},
            422,
            "retry_after, seconds and size must be at least 0, bytes_per_second above 0.",
        ),
        (
            "/sandbox/faults",
            {"method": "*", "kind": "migrated"},
            422,
            "migrated needs migrate_to_chat_id.",
        ),
        (
            "/sandbox/faults",
            {"method": "*", "kind": "drop", "chat": 5},
            422,
            "A fault has no chat.",
        ),
        ("/sandbox/network", {"seconds": -1}, 422, "seconds must be at least 0."),
    ],
)
def test_invalid_requests_are_rejected_with_a_sentence(
    client: SandboxClient,
    http: httpx.Client,
    path: str,
    body: object,
    status: int,
    sentence: str,
) -> None:
    del client  # which has sent messages before
    # json.dumps accepts half a surrogate pair, as careless clients do.
    answer = http.post(path, content=json.dumps(body))
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})


@pytest.mark.parametrize(
    ("kind", "names", "data", "caption", "status", "sentence"),
    [
        (
            "photo",
            ["a.txt"],
            b"text",
            "",
            422,
            "a.txt cannot be sent as a photo; try it as a file.",
        ),
        ("photo", ["a.jpg"], b"", "", 422, "a.jpg is empty."),
        ("photo", [], b"", "", 422, "Send 1 to 10 files at a time, not 0."),
        ("photo", ["a"] * 11, b"x", "", 422, "Send 1 to 10 files at a time, not 11."),
        ("document", ["a"], b"x", "c" * 1025, 422, "A caption has at most 1024 characters."),
        (
            "voice",
            ["a"],
            b"x",
            "",
            422,
            "kind must be one of photo, document, sticker, video_note, not 'voice'.",
        ),
        ("sticker", ["a"], b"x", "", 422, "a cannot be sent as a sticker; try it as a file."),
        ("video_note", ["a"], b"x", "", 422, "a cannot be sent as a video_note; try it as a file."),
        ("photo", ["a.mp4"], b"x", "", 422, "a.mp4 cannot be sent as a photo; try it as a file."),
        ("document", ["a"], bytes(50 * 2**20 + 1), "", 413, "a is larger than 50 MB."),
    ],
)
def test_invalid_media_is_rejected_with_a_sentence(
    http: httpx.Client,
    kind: str,
    names: list[str],
    data: bytes,
    caption: str,
    status: int,
    sentence: str,
) -> None:
    fields = {"user_id": str(ANNA), "kind": kind, "caption": caption}
    files = [("files", (name, data)) for name in names]
    answer = http.post(f"/sandbox/chats/{ANNA}/media", data=fields, files=files)
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})
    assert http.get(f"/sandbox/chats/{ANNA}/messages").json() == {"messages": []}


@pytest.mark.parametrize("after", ["nan", "inf", "x"])
def test_an_invalid_number_is_rejected(http: httpx.Client, after: str) -> None:
    answer = http.get("/sandbox/events/poll", params={"after": after})
    assert (answer.status_code, answer.json()) == (422, {"error": "after must be a number."})


def test_requests_from_other_sites_are_rejected(sandbox: SandboxServer, http: httpx.Client) -> None:
    path, body = f"/sandbox/chats/{ANNA}/text", {"user_id": ANNA, "text": "x"}
    own = http.post(path, json=body, headers={"origin": sandbox.url})
    assert own.status_code == 200
    for origin in ("https://example.com", "null"):
        foreign = http.post(path, json=body, headers={"origin": origin})
        assert foreign.status_code == 403
    assert len(http.get(f"/sandbox/chats/{ANNA}/messages").json()["messages"]) == 1


@pytest.mark.parametrize(
    ("user", "tag", "status"), [(ANNA, "", 422), (ANNA, "not a tag", 422), (5, "de", 404)]
)
def test_an_invalid_language_is_rejected(http: Any, user: int, tag: str, status: int) -> None:
    answer = http.post(f"/sandbox/users/{user}/language", json={"language_code": tag})
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")
