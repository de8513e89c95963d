"""The control side, used by the chat page and tests."""

import json
from typing import Any

import httpx
import pytest

from bot.sandbox.server import SandboxServer
from tests.support.bot_api_client import BotApiClient
from tests.support.pictures import encode, gradient, quarters
from tests.support.sandbox_client import ALEX, ANNA, BEN, BOT, GROUP, SandboxClient
from tests.support.sandbox_http import NO_TLS


@pytest.fixture
def http(sandbox: SandboxServer) -> Any:
    """An HTTP client for the control side."""
    with httpx.Client(base_url=sandbox.url, trust_env=False, verify=NO_TLS, timeout=30) as client:
        yield client


def test_the_state_lists_bot_users_and_chats(client: SandboxClient) -> None:
    state = client.state()
    assert state["bot"]["username"] == "photo_mood_sandbox_bot"
    assert [(user["id"], user["role"]) for user in state["users"]] == [
        (ALEX, "admin"),
        (ANNA, "user"),
        (BEN, "user"),
    ]
    members = {chat["id"]: chat["members"] for chat in state["chats"]}
    assert members == {
        **{user: [user, BOT] for user in (ALEX, ANNA, BEN)},
        GROUP: [ALEX, ANNA, BEN, BOT],
    }
    assert state["last_event"] == 3  # the fixture sends two messages, and the bot has called


def test_a_text_becomes_a_message_and_an_update(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    sent = client.send_text(" /mood@photo_mood_sandbox_bot please\n", user=ALEX)
    assert sent["text"] == "/mood@photo_mood_sandbox_bot please"
    assert sent["entities"] == [{"type": "bot_command", "offset": 0, "length": 28}]
    assert sent["from"] == {
        "id": ALEX,
        "is_bot": False,
        "first_name": "Alex",
        "username": "alex",
        "language_code": "en",
    }
    assert [update["message"] for update in bot_api.call("getUpdates")] == [sent]
    assert client.messages(ALEX)[-1] == sent


def test_a_photo_has_telegrams_sizes(bot_api: BotApiClient, client: SandboxClient) -> None:
    original = encode(gradient((3000, 2000)), "PNG")
    sent = client.send_photo(original, caption="us in Rome #rome")
    assert [max(size["width"], size["height"]) for size in sent["photo"]] == [90, 320, 800, 1280]
    assert sent["caption_entities"] == [{"type": "hashtag", "offset": 11, "length": 5}]
    assert "media_group_id" not in sent
    largest = bot_api.call("getFile", file_id=sent["photo"][-1]["file_id"])
    data = bot_api.http.get(f"{bot_api.files}/{largest['file_path']}").content
    assert data.startswith(b"\xff\xd8\xff")
    assert largest["file_size"] == len(data)


def test_several_photos_become_an_album(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    sent = client.send_photos([photo, encode(quarters())], caption="both")
    assert len({message["media_group_id"] for message in sent}) == 1
    assert [message.get("caption") for message in sent] == ["both", None]
    assert [update["message"] for update in bot_api.call("getUpdates")] == sent
    again = client.send_photos([photo, photo])
    assert again[0]["media_group_id"] != sent[0]["media_group_id"]


def test_photos_can_be_covered_and_protected(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    covered = client.send_photo(photo, has_spoiler=True)
    protected = client.send_photo(photo, has_protected_content=True)
    assert covered["has_media_spoiler"]
    assert "has_protected_content" not in covered
    assert protected["has_protected_content"]
    assert "has_media_spoiler" not in protected
    forwarded = client.forward(covered, chat=GROUP)
    assert forwarded["has_media_spoiler"]
    assert [update["message"] for update in bot_api.call("getUpdates")] == [covered, protected]


def test_documents_keep_name_type_and_content(client: SandboxClient) -> None:
    picture = encode(quarters(), "PNG")
    sent = client.send_documents([("a.png", picture), ("b.bin", b"\0\1")])
    assert [message["document"]["file_name"] for message in sent] == ["a.png", "b.bin"]
    assert sent[0]["document"]["mime_type"] == "image/png"
    assert sent[0]["document"]["thumbnail"]["width"] == 64
    assert client.file(sent[1]["document"]["file_id"]) == b"\0\1"
    assert sent[0]["media_group_id"] == sent[1]["media_group_id"]


def test_a_user_can_reply(bot_api: BotApiClient, client: SandboxClient, photo: bytes) -> None:
    asked = bot_api.call("sendMessage", chat_id=ANNA, text="?")
    answer = client.send_photo(photo, reply_to=asked["message_id"])
    assert answer["reply_to_message"]["text"] == "?"
    text = client.send_text("so", reply_to=answer["message_id"])
    assert text["reply_to_message"]["photo"] == answer["photo"]


def test_the_bot_receives_a_forged_press(bot_api: BotApiClient, client: SandboxClient) -> None:
    plain = bot_api.call("sendMessage", chat_id=GROUP, text="no buttons")
    client.press(plain, "v1:forged", user=BEN, force=True)
    assert bot_api.call("getUpdates")[-1]["callback_query"]["data"] == "v1:forged"


def test_private_chats_share_message_ids_and_the_group_has_its_own(
    client: SandboxClient,
) -> None:
    # Alex and Anna have sent one message each before.
    numbers = [
        client.send_text("x", user=user, chat=chat)["message_id"]
        for user, chat in ((ALEX, ALEX), (ANNA, ANNA), (BEN, BEN), (BEN, GROUP))
    ]
    assert numbers == [3, 4, 5, 1]


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
        ("sticker", ["a"], b"x", "", 422, 'kind must be "photo" or "document", not \'sticker\'.'),
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


def test_an_uploaded_file_cannot_run_as_a_page(client: SandboxClient, http: httpx.Client) -> None:
    page = client.send_document(b"<script>alert(1)</script>", "page.html")["document"]
    answer = http.get(f"/sandbox/files/{page['file_id']}")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert http.get("/sandbox/files/nothing").status_code == 404


@pytest.mark.parametrize("name", ["a.heic", "a.HEIC", "b.png", "c.qqq"])
def test_the_media_type_is_guessed_from_the_file_name(http: httpx.Client, name: str) -> None:
    types = {"heic": "image/heic", "png": "image/png", "qqq": "application/octet-stream"}
    files = [("files", (name, b"data", "application/octet-stream"))]
    fields = {"user_id": str(ANNA), "kind": "document"}
    answer = http.post(f"/sandbox/chats/{ANNA}/media", data=fields, files=files)
    [message] = answer.json()["messages"]
    assert message["document"]["mime_type"] == types[name.lower().rpartition(".")[2]]


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


def test_users_can_change_the_language_of_their_app(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    before = client.send_text("before")
    client.set_language("pt-br")
    event = client.wait_for(lambda event: event["type"] == "person")
    assert (event["user"]["id"], event["user"]["language_code"]) == (ANNA, "pt-br")
    after, other = client.send_text("after"), client.send_text("other", user=BEN)
    tags = [message["from"]["language_code"] for message in (before, after, other)]
    assert tags == ["en", "pt-br", "en"]
    assert [user["language_code"] for user in client.state()["users"]] == ["en", "pt-br", "en"]
    member = bot_api.call("getChatMember", chat_id=GROUP, user_id=ANNA)
    assert member["user"]["language_code"] == "pt-br"


@pytest.mark.parametrize(
    ("user", "tag", "status"), [(ANNA, "", 422), (ANNA, "not a tag", 422), (5, "de", 404)]
)
def test_an_invalid_language_is_rejected(http: Any, user: int, tag: str, status: int) -> None:
    answer = http.post(f"/sandbox/users/{user}/language", json={"language_code": tag})
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")
