import json

import pytest

from tests.support.bot_api_client import BotApiClient, File, api_error
from tests.support.pictures import encode, gradient
from tests.support.sandbox_client import ANNA, BEN, BOT, GROUP, SandboxClient


def _jpeg(data: bytes) -> File:
    return "photo.jpg", data, "image/jpeg"


def _text(data: bytes = b"hello") -> File:
    return "notes.txt", data, "text/plain"


def test_a_text_is_posted_in_the_chat(bot_api: BotApiClient, client: SandboxClient) -> None:
    sent = bot_api.call("sendMessage", chat_id=ANNA, text="  Hello @alex  ")
    assert sent["text"] == "Hello @alex"
    assert sent["entities"] == [{"type": "mention", "offset": 6, "length": 5}]
    assert sent["from"]["id"] == BOT
    assert sent["chat"] == {"id": ANNA, "first_name": "Anna", "username": "anna", "type": "private"}
    assert client.messages(ANNA)[-1] == sent
    event = client.wait_for(lambda event: event["type"] == "message")
    assert (event["chat_id"], event["message"]) == (ANNA, sent)


@pytest.mark.parametrize(
    ("params", "code", "description"),
    [
        ({"text": "hi"}, 400, "Bad Request: chat_id is empty"),
        ({"chat_id": 5, "text": "hi"}, 400, "Bad Request: chat not found"),
        ({"chat_id": "@nobody", "text": "hi"}, 400, "Bad Request: chat not found"),
        (
            {"chat_id": BEN, "text": "hi"},
            403,
            "Forbidden: bot can't initiate conversation with a user",
        ),
        ({"chat_id": ANNA}, 400, "Bad Request: message text is empty"),
        ({"chat_id": ANNA, "text": " \n "}, 400, "Bad Request: text must be non-empty"),
        ({"chat_id": ANNA, "text": "x" * 4097}, 400, "Bad Request: message is too long"),
        ({"chat_id": ANNA, "text": "😀" * 2049}, 400, "Bad Request: message is too long"),
        (
            {"chat_id": ANNA, "text": "hi", "message_thread_id": 7},
            400,
            "Bad Request: message thread not found",
        ),
        (
            {"chat_id": ANNA, "text": "hi", "reply_to_message_id": 99},
            400,
            "Bad Request: message to be replied not found",
        ),
        (
            {"chat_id": ANNA, "text": "hi", "reply_parameters": {"message_id": 99}},
            400,
            "Bad Request: message to be replied not found",
        ),
        (
            {"chat_id": ANNA, "text": "hi", "reply_parameters": {"quote": "x"}},
            400,
            'Bad Request: can\'t find field "message_id"',
        ),
    ],
)
def test_an_invalid_message_is_rejected(
    bot_api: BotApiClient, params: dict[str, object], code: int, description: str
) -> None:
    assert bot_api.error("sendMessage", **params) == (code, description)


def test_the_length_limit_applies_after_parsing(bot_api: BotApiClient) -> None:
    text = "<b>" + "😀" * 2048 + "</b>"
    sent = bot_api.call("sendMessage", chat_id=ANNA, text=text, parse_mode="HTML")
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 4096}]


@pytest.mark.parametrize("named", ["reply_parameters", "reply_to_message_id"])
def test_a_reply_contains_the_original_one_level_deep(
    bot_api: BotApiClient, client: SandboxClient, named: str
) -> None:
    first = client.send_text("first")["message_id"]
    second = bot_api.call("sendMessage", chat_id=ANNA, text="second", reply_to_message_id=first)
    number = second["message_id"]
    given = {named: number if named == "reply_to_message_id" else {"message_id": number}}
    third = bot_api.call("sendMessage", chat_id=ANNA, text="third", **given)
    assert third["reply_to_message"]["text"] == "second"
    assert "reply_to_message" not in third["reply_to_message"]


@pytest.mark.parametrize(
    "given",
    [
        {"reply_to_message_id": 99, "allow_sending_without_reply": True},
        {"reply_parameters": {"message_id": 99, "allow_sending_without_reply": True}},
    ],
)
def test_a_reply_to_a_missing_message_can_be_allowed(
    bot_api: BotApiClient, given: dict[str, object]
) -> None:
    assert "reply_to_message" not in bot_api.call("sendMessage", chat_id=ANNA, text="hi", **given)


def test_a_photo_is_recompressed_in_several_sizes(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    data = encode(gradient((2000, 1000)), "PNG")
    sent = bot_api.upload("sendPhoto", {"photo": _jpeg(data)}, chat_id=str(ANNA), caption="look")
    assert [(size["width"], size["height"]) for size in sent["photo"]] == [
        (90, 45),
        (320, 160),
        (800, 400),
        (1280, 640),
    ]
    assert sent["caption"] == "look"
    largest = client.photo(sent)
    assert largest.startswith(b"\xff\xd8\xff")
    assert len(largest) == sent["photo"][-1]["file_size"]


def test_a_photo_can_be_sent_again_by_the_id_of_any_of_its_sizes(
    bot_api: BotApiClient, photo: bytes
) -> None:
    first = bot_api.upload("sendPhoto", {"photo": _jpeg(photo)}, chat_id=str(ANNA))
    again = bot_api.call("sendPhoto", chat_id=ANNA, photo=first["photo"][0]["file_id"])
    assert again["photo"] == first["photo"]
    once_more = bot_api.upload("sendPhoto", {"photo": _jpeg(photo)}, chat_id=str(ANNA))
    assert once_more["photo"] == first["photo"]


@pytest.mark.parametrize(
    ("data", "description"),
    [
        (b"", "Bad Request: file must be non-empty"),
        (b"no picture", "Bad Request: IMAGE_PROCESS_FAILED"),
        (encode(gradient((400, 300)))[:2000], "Bad Request: IMAGE_PROCESS_FAILED"),
        (encode(gradient((2100, 100))), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (encode(gradient((9950, 600)), quality=20), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (
            b"\xff\xd8\xff" + bytes(10 * 2**20),
            "Bad Request: file of size 10485763 bytes is too big for a photo; "
            "the maximum size is 10485760 bytes",
        ),
    ],
    ids=["empty", "no picture", "truncated", "too long a strip", "too many pixels", "too big"],
)
def test_an_invalid_photo_is_rejected(bot_api: BotApiClient, data: bytes, description: str) -> None:
    answer = bot_api.post_files("sendPhoto", {"photo": _jpeg(data)}, chat_id=str(ANNA))
    assert api_error(answer) == (400, description)


def test_a_missing_photo_is_rejected(bot_api: BotApiClient, photo: bytes) -> None:
    assert bot_api.error("sendPhoto", chat_id=ANNA) == (
        400,
        "Bad Request: there is no photo in the request",
    )
    assert bot_api.error("sendPhoto", chat_id=ANNA, photo="AgACnothing")[1] == (
        "Bad Request: wrong remote file identifier specified: Wrong character in the string"
    )
    assert bot_api.error("sendPhoto", chat_id=ANNA, photo="http://example.com/a.jpg")[1] == (
        "Bad Request: failed to get HTTP URL content"
    )
    file = bot_api.upload("sendDocument", {"document": _jpeg(photo)}, chat_id=str(ANNA))["document"]
    assert bot_api.error("sendPhoto", chat_id=ANNA, photo=file["file_id"])[1] == (
        "Bad Request: can't use file of type Document as Photo"
    )


def test_captions_have_their_own_limit(bot_api: BotApiClient, photo: bytes) -> None:
    files = {"photo": _jpeg(photo)}
    marked = "<i>" + "😀" * 512 + "</i>"
    sent = bot_api.upload("sendPhoto", files, chat_id=str(ANNA), caption=marked, parse_mode="HTML")
    assert sent["caption_entities"] == [{"type": "italic", "offset": 0, "length": 1024}]
    answer = bot_api.post_files("sendPhoto", files, chat_id=str(ANNA), caption="x" * 1025)
    assert api_error(answer) == (400, "Bad Request: message caption is too long")


def test_a_document_is_not_changed(bot_api: BotApiClient, client: SandboxClient) -> None:
    sent = bot_api.upload("sendDocument", {"document": _text()}, chat_id=str(GROUP))["document"]
    assert sent["file_name"] == "notes.txt"
    assert sent["mime_type"] == "text/plain"
    assert client.file(sent["file_id"]) == b"hello"
    assert "thumbnail" not in sent


def test_an_image_sent_as_a_document_has_a_thumbnail(bot_api: BotApiClient, photo: bytes) -> None:
    sent = bot_api.upload("sendDocument", {"document": _jpeg(photo)}, chat_id=str(ANNA))["document"]
    assert (sent["thumbnail"]["width"], sent["thumbnail"]["height"]) == (320, 240)
    assert sent["file_size"] == len(photo)


def test_an_album_shares_one_group_id(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    other = encode(gradient((90, 60)))
    media = [
        {"type": "photo", "media": "attach://one", "caption": "*A*", "parse_mode": "MarkdownV2"},
        {"type": "photo", "media": "attach://two"},
    ]
    sent = bot_api.upload(
        "sendMediaGroup",
        {"one": _jpeg(photo), "two": _jpeg(other)},
        chat_id=str(ANNA),
        media=json.dumps(media),
    )
    assert len({message["media_group_id"] for message in sent}) == 1
    assert sent[0]["caption_entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    assert "caption" not in sent[1]
    assert client.messages(ANNA)[-2:] == sent


def test_an_invalid_album_is_rejected(bot_api: BotApiClient, photo: bytes) -> None:
    files = {"a": _jpeg(photo)}
    photos = {"type": "photo", "media": "attach://a"}
    documents = {"type": "document", "media": "attach://a"}

    def description(media: list[dict[str, str]]) -> str:
        answer = bot_api.post_files(
            "sendMediaGroup", files, chat_id=str(ANNA), media=json.dumps(media)
        )
        return api_error(answer)[1]

    assert description([]) == "Bad Request: there are no messages to send"
    assert description([photos] * 11) == "Bad Request: too many messages to send as an album"
    assert description([photos, documents]) == (
        "Bad Request: document can't be mixed with other media types"
    )
    assert description([{"type": "photo", "media": "attach://b"}]) == (
        "Bad Request: there is no photo in the request"
    )
    assert description([{**photos, "caption": "x" * 1025}]) == (
        "Bad Request: message caption is too long"
    )


def test_photos_can_be_covered_one_by_one_and_protected_together(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    one = {"type": "photo", "media": "attach://one"}
    album = bot_api.upload(
        "sendMediaGroup",
        {"one": _jpeg(photo)},
        chat_id=str(ANNA),
        media=json.dumps([{**one, "has_spoiler": True}, one]),
        protect_content="true",
    )
    assert [message.get("has_media_spoiler") for message in album] == [True, None]
    assert [message.get("has_protected_content") for message in album] == [True, True]
    given = {"chat_id": str(ANNA), "has_spoiler": "true"}
    sent = bot_api.upload("sendPhoto", {"photo": _jpeg(photo)}, **given)
    assert sent["has_media_spoiler"]
    assert "has_protected_content" not in sent
    place = {"chat_id": ANNA, "message_id": sent["message_id"]}
    assert bot_api.call("editMessageCaption", **place, caption="new")["has_media_spoiler"]
    file = bot_api.upload("sendDocument", {"document": _jpeg(photo)}, **given)
    assert "has_media_spoiler" not in file
    text = bot_api.call("sendMessage", chat_id=ANNA, text="hi", protect_content=True)
    assert text["has_protected_content"]
    with pytest.raises(AssertionError, match="protected and cannot be forwarded"):
        client.forward(text)
    wrong = json.dumps([{**one, "has_spoiler": "yes"}] * 2)
    answer = bot_api.post_files(
        "sendMediaGroup", {"one": _jpeg(photo)}, chat_id=str(ANNA), media=wrong
    )
    assert api_error(answer)[1].endswith('Field "has_spoiler" must be of type Boolean')


def test_a_chat_action_is_an_event(bot_api: BotApiClient, client: SandboxClient) -> None:
    assert bot_api.call("sendChatAction", chat_id=ANNA, action="upload_photo") is True
    event = client.wait_for(lambda event: event["type"] == "action")
    assert (event["chat_id"], event["action"]) == (ANNA, "upload_photo")
    assert bot_api.error("sendChatAction", chat_id=ANNA, action="dancing") == (
        400,
        "Bad Request: wrong parameter action in request",
    )


def test_a_message_of_another_chat_cannot_be_replied_to(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    first = client.send_text("hello")["message_id"]
    elsewhere = {"message_id": first, "chat_id": GROUP}
    error = bot_api.error("sendMessage", chat_id=ANNA, text="hi", reply_parameters=elsewhere)
    assert error == (400, "Bad Request: message to be replied not found")
