"""The control side, used by the chat page and tests."""

import httpx
import pytest

from tests.support.bot_api_client import BotApiClient
from tests.support.pictures import encode, gradient, quarters
from tests.support.sandbox_client import (
    ALEX,
    ANNA,
    BEN,
    BOT,
    CHANNEL,
    DISCUSSION,
    FORUM,
    GROUP,
    SandboxClient,
)


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
        **{group: [ALEX, ANNA, BEN, BOT] for group in (GROUP, FORUM, DISCUSSION)},
        CHANNEL: [ALEX],
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
