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


async def test_help_is_answered_if_it_names_the_bot(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.message(chat=GROUP, **command("/help")))
    await anna.send(anna.message(chat=GROUP, **command("/help@other_bot")))
    await anna.send(anna.message(chat=GROUP, **command(f"/help@{USERNAME.upper()}")))
    assert telegram.texts == [IN_PRIVACY_MODE]


async def test_mood_without_a_photo_is_explained_if_it_names_the_bot(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.message(chat=GROUP, **command("/mood")))
    await anna.send(anna.message(chat=GROUP, **command(f"/mood@{USERNAME}")))
    assert telegram.texts == [replies.mood_needs_a_photo_in_group(USERNAME)]


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
    assert answer.startswith("2 photos: 2 😊")


@pytest.mark.parametrize(("chat", "is_said"), [(GROUP, True), (ANNAS_CHAT, False)])
async def test_the_answer_says_that_the_rest_of_an_album_is_missing(
    anna: FakeUser, telegram: FakeTelegram, chat: Json, is_said: bool
) -> None:
    said = anna.message(chat=chat, text="Reply with a photo", **{"from": BOT_USER})
    photo = anna.photo(chat=chat, media_group_id="a")
    asking: Any = command(f"/mood@{USERNAME}")
    await anna.send(anna.message(chat=chat, **asking, reply_to_message=photo))
    await anna.send(anna.photo(chat=chat, media_group_id="b", reply_to_message=said))
    assert ["not at the rest of the album" in text for text in telegram.texts] == [is_said] * 2
