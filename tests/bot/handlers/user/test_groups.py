"""What the bot says when it is added to a group, and to those who ask how to use it there."""

from typing import Any

import pytest

from bot.context import MoodApplication
from bot.replies import help as replies
from tests.support.fake_model import HAPPY
from tests.support.fake_telegram import ANNAS_CHAT, BOT_USER, GROUP, USERNAME, FakeTelegram, Json
from tests.support.fake_user import FakeUser, change_settings, command

IN_PRIVACY_MODE = replies.how_to_ask_in_group(USERNAME, sees_all=False)
ALL = replies.how_to_ask_in_group(USERNAME, sees_all=True)
STICKER: Json = {
    "file_id": "s",
    "file_unique_id": "s",
    "width": 9,
    "height": 9,
    "is_animated": False,
    "is_video": False,
    "type": "regular",
}
MOOD = f"/mood@{USERNAME}"
LEFT = {"status": "left"}
MEMBER = {"status": "member"}
RIGHTS = [
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
]
ADMIN = {"status": "administrator", **dict.fromkeys(RIGHTS, False)}
PERMISSIONS = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
]
RESTRICTED = {"status": "restricted", "until_date": 0, **dict.fromkeys(PERMISSIONS, False)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (LEFT, MEMBER, [IN_PRIVACY_MODE]),
        ({"status": "kicked", "until_date": 0}, MEMBER, [IN_PRIVACY_MODE]),
        (LEFT, ADMIN, [ALL]),
        (LEFT, {**RESTRICTED, "is_member": True}, [IN_PRIVACY_MODE]),
        ({**RESTRICTED, "is_member": False}, MEMBER, [IN_PRIVACY_MODE]),
        (MEMBER, ADMIN, []),
        (ADMIN, MEMBER, []),
        (MEMBER, LEFT, []),
    ],
)
async def test_it_says_how_to_ask_when_it_is_added(
    anna: FakeUser, telegram: FakeTelegram, old: Json, new: Json, said: list[str]
) -> None:
    await anna.change_membership(old, new, GROUP)
    assert telegram.texts == said


@pytest.mark.parametrize("chat", [ANNAS_CHAT, {"id": -1009, "type": "channel", "title": "News"}])
async def test_elsewhere_it_says_nothing(
    anna: FakeUser, telegram: FakeTelegram, chat: Json
) -> None:
    await anna.change_membership(LEFT, MEMBER, chat)
    assert telegram.texts == []


async def test_where_it_may_not_be_used_it_says_nothing(
    application: MoodApplication, anna: FakeUser, telegram: FakeTelegram
) -> None:
    change_settings(application, bot_allowed=frozenset({5}))
    await anna.change_membership(LEFT, MEMBER, GROUP)
    assert telegram.texts == []


@pytest.mark.parametrize("name", ["help", "start"])
async def test_help_is_answered_if_it_names_the_bot(
    anna: FakeUser, telegram: FakeTelegram, name: str
) -> None:
    await anna.send(anna.message(chat=GROUP, **command(f"/{name}")))
    await anna.send(anna.message(chat=GROUP, **command(f"/{name}@other_bot")))
    await anna.send(anna.message(chat=GROUP, **command(f"/{name}@{USERNAME.upper()}")))
    assert telegram.texts == [IN_PRIVACY_MODE]
    (sent,) = telegram.called("sendMessage")
    assert sent["reply_parameters"]["allow_sending_without_reply"]  # the command may be deleted


async def test_mood_without_a_photo_is_explained_if_it_names_the_bot(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.message(chat=GROUP, **command("/mood")))
    await anna.send(anna.message(chat=GROUP, **command(MOOD)))
    assert telegram.texts == [replies.mood_needs_a_photo_in_group(USERNAME)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            {"document": {"file_id": "f", "file_unique_id": "f", "file_name": "a.pdf"}},
            replies.not_a_picture_file(""),
        ),
        ({"sticker": {**STICKER, "is_animated": True}}, replies.not_a_picture()["sticker"]),
        ({"story": {"chat": GROUP, "id": 1}}, replies.not_a_picture()["story"]),
        (
            {"paid_media": {"star_count": 5, "paid_media": [{"type": "preview"}]}},
            replies.not_a_picture()["paid_media"],
        ),
    ],
)
async def test_mood_says_why_something_cannot_be_judged(
    anna: FakeUser, telegram: FakeTelegram, content: Json, said: str
) -> None:
    original = anna.message(chat=GROUP, **content)
    await anna.send(anna.message(chat=GROUP, **command("/mood"), reply_to_message=original))
    asking = anna.message(chat=GROUP, **command(MOOD), reply_to_message=original)
    await anna.send(asking)
    await anna.send(anna.message(**command("/mood"), reply_to_message=original))
    assert telegram.texts == [said] * 2
    sent = telegram.called("sendMessage")[0]
    assert sent["reply_parameters"]["message_id"] == asking["message_id"]


async def test_a_reply_to_a_picture_in_another_chat_asks_for_it_here(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "Carl"}
    photo: Json = {"external_reply": {"origin": origin, "photo": anna.photo()["photo"]}}
    await anna.send(anna.message(**command("/mood"), **photo))
    await anna.send(anna.message(text="and this one?", **photo))
    await anna.send(anna.message(chat=GROUP, **command(MOOD), **photo))
    assert telegram.texts == [replies.picture_in_another_chat()] * 3
    await anna.send(anna.message(chat=GROUP, **command("/mood"), **photo))
    await anna.send(anna.message(chat=GROUP, text="and this one?", **photo))
    await anna.send(anna.message(text="and this?", external_reply={"origin": origin}))
    assert telegram.texts[3:] == [replies.send_a_photo()]


async def test_commands_for_private_chats_are_answered_if_they_name_the_bot(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    for name in ("privacy", "mystats", "mydata", "forget"):
        await anna.send(anna.message(chat=GROUP, **command(f"/{name}")))
        await anna.send(anna.message(chat=GROUP, **command(f"/{name}@other_bot")))
        await anna.send(anna.message(chat=GROUP, **command(f"/{name}@{USERNAME}")))
    assert telegram.texts == [replies.only_in_private(USERNAME)] * 4


async def test_a_photo_in_reply_to_the_bot_is_judged(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    said = anna.message(chat=GROUP, text="Reply with a photo", **{"from": BOT_USER})
    await anna.send(anna.message(chat=GROUP, text="why?", reply_to_message=said))
    await anna.send(anna.message(chat=GROUP, sticker=STICKER, reply_to_message=said))
    await anna.send(anna.photo(chat=GROUP, reply_to_message=said))
    assert telegram.texts == [HAPPY]


async def test_an_album_in_reply_to_the_bot_gets_one_answer(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    said = anna.message(chat=GROUP, text="Reply with a photo", **{"from": BOT_USER})
    album: Json = {"chat": GROUP, "media_group_id": "a", "reply_to_message": said}
    await anna.send(anna.photo(**album), anna.photo(**album))
    (answer,) = telegram.texts
    assert answer.startswith("2 pictures: 2 😊")


@pytest.mark.parametrize(("chat", "is_said"), [(GROUP, True), (ANNAS_CHAT, False)])
async def test_the_answer_says_that_the_rest_of_an_album_is_missing(
    anna: FakeUser, telegram: FakeTelegram, chat: Json, is_said: bool
) -> None:
    said = anna.message(chat=chat, text="Reply with a photo", **{"from": BOT_USER})
    photo = anna.photo(chat=chat, media_group_id="a")
    asking: Any = command(MOOD)
    await anna.send(anna.message(chat=chat, **asking, reply_to_message=photo))
    await anna.send(anna.photo(chat=chat, media_group_id="b", reply_to_message=said))
    assert ["this part of the album only" in text for text in telegram.texts] == [is_said] * 2
