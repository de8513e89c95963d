import json
from typing import Any

import pytest

from bot.sandbox.bot_api.edit import NOT_MODIFIED
from tests.support.bot_api_client import BotApiClient, api_error
from tests.support.pictures import encode, gradient
from tests.support.sandbox_client import ANNA, GROUP, SandboxClient

KEYBOARD = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}


@pytest.fixture
def text(bot_api: BotApiClient) -> dict[str, Any]:
    """A text of the bot, with a button, in Anna's chat."""
    message: dict[str, Any] = bot_api.call(
        "sendMessage", chat_id=ANNA, text="<b>one</b>", parse_mode="HTML", reply_markup=KEYBOARD
    )
    return message


@pytest.fixture
def picture(bot_api: BotApiClient, photo: bytes) -> dict[str, Any]:
    """A photo of the bot in Anna's chat."""
    files = {"photo": ("a.jpg", photo, "image/jpeg")}
    message: dict[str, Any] = bot_api.upload("sendPhoto", files, chat_id=str(ANNA), caption="one")
    return message


def _at(message: dict[str, Any]) -> dict[str, int]:
    return {"chat_id": message["chat"]["id"], "message_id": message["message_id"]}


def test_a_text_is_replaced(
    bot_api: BotApiClient, client: SandboxClient, text: dict[str, Any]
) -> None:
    edited = bot_api.call("editMessageText", **_at(text), text="two")
    assert edited["text"] == "two"
    assert "entities" not in edited
    assert edited["edit_date"] >= edited["date"] == text["date"]
    assert client.message(text["message_id"]) == edited
    event = client.wait_for(lambda event: event["type"] == "edited")
    assert event["message"] == edited


def test_an_edit_without_a_keyboard_removes_the_keyboard(
    bot_api: BotApiClient, text: dict[str, Any]
) -> None:
    assert "reply_markup" not in bot_api.call("editMessageText", **_at(text), text="two")


def test_an_edit_that_changes_nothing_is_rejected(
    bot_api: BotApiClient, text: dict[str, Any], picture: dict[str, Any]
) -> None:
    same: dict[str, object] = {"text": "*one*", "parse_mode": "MarkdownV2"}
    refused = (400, f"Bad Request: {NOT_MODIFIED}")
    unchanged = bot_api.error("editMessageText", **_at(text), **same, reply_markup=KEYBOARD)
    assert unchanged == refused
    assert bot_api.error("editMessageReplyMarkup", **_at(text), reply_markup=KEYBOARD) == refused
    assert bot_api.error("editMessageCaption", **_at(picture), caption=" one ") == refused
    media = {"type": "photo", "media": picture["photo"][-1]["file_id"], "caption": "one"}
    assert bot_api.error("editMessageMedia", **_at(picture), media=media) == refused
    # The same text without formatting is a change.
    assert bot_api.call("editMessageText", **_at(text), text="one", reply_markup=KEYBOARD)


def test_a_caption_is_changed_and_removed(bot_api: BotApiClient, picture: dict[str, Any]) -> None:
    edited = bot_api.call(
        "editMessageCaption", **_at(picture), caption="two", reply_markup=KEYBOARD
    )
    assert (edited["caption"], edited["photo"]) == ("two", picture["photo"])
    assert edited["reply_markup"] == KEYBOARD
    assert "caption" not in bot_api.call("editMessageCaption", **_at(picture))


def test_a_photo_is_replaced(
    bot_api: BotApiClient, client: SandboxClient, picture: dict[str, Any]
) -> None:
    files = {"new": ("b.jpg", encode(gradient((100, 60))), "image/jpeg")}
    media = json.dumps({"type": "photo", "media": "attach://new", "caption": "two"})
    place = {name: str(value) for name, value in _at(picture).items()}
    edited = bot_api.upload("editMessageMedia", files, **place, media=media)
    assert edited["photo"][-1]["width"] == 100
    assert edited["caption"] == "two"
    assert client.message(picture["message_id"])["photo"] == edited["photo"]


def test_uploading_the_same_photo_again_counts_as_a_change(
    bot_api: BotApiClient, picture: dict[str, Any], photo: bytes
) -> None:
    files = {"new": ("a.jpg", photo, "image/jpeg")}
    media = json.dumps({"type": "photo", "media": "attach://new", "caption": "one"})
    place = {name: str(value) for name, value in _at(picture).items()}
    assert bot_api.upload("editMessageMedia", files, **place, media=media)["edit_date"]


def test_only_the_keyboard_is_changed(bot_api: BotApiClient, text: dict[str, Any]) -> None:
    edited = bot_api.call("editMessageReplyMarkup", **_at(text))
    assert "reply_markup" not in edited
    assert (edited["text"], edited["entities"]) == (text["text"], text["entities"])


@pytest.mark.parametrize(
    ("method", "params", "description"),
    [
        ("editMessageText", {"text": "x"}, "message identifier is not specified"),
        ("editMessageText", {"text": "x", "message_id": 99}, "message to edit not found"),
        ("editMessageText", {"text": "x", "message_id": 2}, "message can't be edited"),
        ("editMessageText", {"text": "", "message_id": 2}, "message text is empty"),
        ("editMessageText", {"text": "x" * 4097, "message_id": 2}, "MESSAGE_TOO_LONG"),
        ("editMessageCaption", {"caption": "x" * 1025}, "MEDIA_CAPTION_TOO_LONG"),
        ("editMessageMedia", {"message_id": 2}, "there is no media in the request"),
        ("deleteMessage", {}, "message identifier is not specified"),
        ("deleteMessage", {"message_id": 99}, "message to delete not found"),
    ],
)
def test_invalid_edits_are_rejected(
    bot_api: BotApiClient, method: str, params: dict[str, object], description: str
) -> None:
    # Message 2 is Anna's own.
    assert bot_api.error(method, chat_id=ANNA, **params) == (400, f"Bad Request: {description}")


def test_texts_have_no_caption_and_photos_no_text(
    bot_api: BotApiClient, text: dict[str, Any], picture: dict[str, Any]
) -> None:
    assert bot_api.error("editMessageCaption", **_at(text), caption="x")[1] == (
        "Bad Request: there is no caption in the message to edit"
    )
    assert bot_api.error("editMessageText", **_at(picture), text="x")[1] == (
        "Bad Request: there is no text in the message to edit"
    )


def test_a_deleted_message_is_gone(
    bot_api: BotApiClient, client: SandboxClient, text: dict[str, Any]
) -> None:
    assert bot_api.call("deleteMessage", **_at(text)) is True
    assert text["message_id"] not in [m["message_id"] for m in client.messages(ANNA)]
    event = client.wait_for(lambda event: event["type"] == "deleted")
    assert (event["chat_id"], event["message_id"]) == (ANNA, text["message_id"])
    assert bot_api.error("editMessageText", **_at(text), text="x")[1] == (
        "Bad Request: message to edit not found"
    )


def test_a_bot_can_delete_messages_of_users_only_in_private_chats(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    assert bot_api.call("deleteMessage", **_at(client.send_text("mine"))) is True
    answer = bot_api.post("deleteMessage", **_at(client.send_text("ours", chat=GROUP)))
    assert api_error(answer) == (400, "Bad Request: message can't be deleted")
