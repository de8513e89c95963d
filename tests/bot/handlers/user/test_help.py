import pytest

from bot.replies import help as help_replies
from tests.support.fake_telegram import GROUP, USERNAME, FakeTelegram, Json
from tests.support.fake_user import FakeUser, command, from_alex

FILE = {"file_id": "f", "file_unique_id": "f"}
VIDEO_FILE = help_replies.not_a_picture_file("video/mp4")
SIZE = {"width": 9, "height": 9}
LONG_VIDEO = {**FILE, **SIZE, "duration": 61}  # and no thumbnail, either
ANIMATED_STICKER = {**FILE, **SIZE, "is_animated": True, "is_video": False, "type": "regular"}


@pytest.mark.parametrize(
    ("text", "said"),
    [("/start", help_replies.welcome()), ("/help", help_replies.explanation(USERNAME))],
)
async def test_commands_are_answered(
    anna: FakeUser, telegram: FakeTelegram, text: str, said: str
) -> None:
    await anna.send(anna.message(**command(text)))
    assert telegram.texts == [said]


async def test_help_names_the_additional_commands_to_admins_only(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(from_alex(anna, "/help"))
    assert telegram.texts[-1].splitlines()[-6:] == [
        "You are an admin of this bot, so you can also send me:",
        "/stats – Statistics",
        "/review – Review corrections",
        "/export – Get the labelled faces for training",
        "/retrain – Learn from the corrections",
        "/models – Model versions, and which one is in use",
    ]
    await anna.send(anna.message(**command("/help")))
    assert "/retrain" not in telegram.texts[-1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"text": "hello"}, help_replies.send_a_photo()),
        (command("/unknown"), help_replies.send_a_photo()),
        ({"location": {"longitude": 1, "latitude": 1}}, help_replies.send_a_photo()),
        ({"video": LONG_VIDEO}, help_replies.not_a_picture()["video"]),
        ({"voice": {**FILE, "duration": 1}}, help_replies.not_a_picture()["voice"]),
        ({"document": FILE}, help_replies.not_a_picture_file("")),
        ({"document": {**FILE, "file_name": "a.pdf"}}, help_replies.not_a_picture_file("")),
        (
            {"document": {**FILE, "file_name": "a.mp4"}},
            help_replies.not_a_picture_file("video/mp4"),
        ),
        (
            {"document": {**FILE, "mime_type": "VIDEO/quicktime"}},
            VIDEO_FILE,
        ),
        ({"document": {**FILE, "file_name": "a.mp3"}}, help_replies.not_a_picture()["audio"]),
        (
            {"animation": LONG_VIDEO, "document": {**FILE, "mime_type": "image/gif"}},
            help_replies.not_a_picture()["animation"],
        ),
        ({"sticker": ANIMATED_STICKER}, help_replies.not_a_picture()["sticker"]),
        ({"story": {"chat": GROUP, "id": 1}}, help_replies.not_a_picture()["story"]),
        (
            {"paid_media": {"star_count": 5, "paid_media": [{"type": "preview"}]}},
            help_replies.not_a_picture()["paid_media"],
        ),
    ],
)
async def test_other_messages_get_a_matching_hint(
    anna: FakeUser, telegram: FakeTelegram, content: Json, said: str
) -> None:
    await anna.send(anna.message(**content))
    assert telegram.texts == [said]


@pytest.mark.parametrize(
    "content",
    [{"text": "hello"}, command("/start"), {"document": FILE}, {"new_chat_title": "Summer"}],
)
async def test_other_messages_in_groups_are_ignored(
    anna: FakeUser, telegram: FakeTelegram, content: Json
) -> None:
    await anna.send(anna.message(chat=GROUP, **content))
    assert telegram.texts == []


async def test_service_messages_get_no_hint(anna: FakeUser, telegram: FakeTelegram) -> None:
    pinned = anna.message(text="hello")
    await anna.send(anna.message(pinned_message=pinned))
    assert telegram.texts == []


async def test_an_edited_message_gets_no_answer(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.edit(anna.message(text="hello"))
    await anna.edit(anna.photo())
    await anna.edit(anna.message(**command("/help")))
    assert telegram.texts == []
