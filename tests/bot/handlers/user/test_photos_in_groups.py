"""Which photos in a group are answered."""

import pytest

from bot.replies import help as help_replies
from tests.support.fake_model import HAPPY
from tests.support.fake_telegram import BEN, GROUP, USERNAME, FakeTelegram, Json
from tests.support.fake_user import FakeUser, command

ASKING: Json = {
    "caption": "/mood",
    "caption_entities": [{"type": "bot_command", "offset": 0, "length": 5}],
}


def mentioning(text: str) -> Json:
    """Return the fields of a message that may begin with a mention, as in "@somebody?"."""
    if not text.startswith("@"):
        return {"text": text}
    length = len(text.rstrip("?"))
    return {"text": text, "entities": [{"type": "mention", "offset": 0, "length": length}]}


async def test_in_a_group_only_photos_meant_for_the_bot_are_answered(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.photo(chat=GROUP, caption="nice"))
    await anna.send(anna.photo(chat=GROUP, media_group_id="a"))
    assert telegram.calls[1:] == []  # after getMe: not even a "typing"
    await anna.send(anna.photo(chat=GROUP, **ASKING))
    assert telegram.texts == [HAPPY]


async def test_in_a_group_one_caption_is_enough_for_an_album(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    album = [
        anna.photo(chat=GROUP, media_group_id="a", **ASKING),
        anna.photo(chat=GROUP, media_group_id="a"),
    ]
    await anna.send(*album)
    assert telegram.texts[0].startswith("2 pictures: 2 😊")


@pytest.mark.parametrize("private", [True, False])
async def test_mood_in_reply_answers_the_photo(
    anna: FakeUser, telegram: FakeTelegram, private: bool
) -> None:
    chat: Json = {} if private else {"chat": GROUP}
    photo = anna.photo(**chat)
    await anna.send(anna.message(**chat, **command("/mood"), reply_to_message=photo))
    (sent,) = telegram.called("sendMessage")
    assert sent["text"] == HAPPY
    assert sent["reply_parameters"]["message_id"] == photo["message_id"]


async def test_somebody_else_who_asks_again_is_not_told_that_the_label_is_theirs(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    photo = anna.photo(chat=GROUP)
    again = {**anna.message(GROUP), "photo": photo["photo"]}
    asking = {"from": BEN, **command("/mood")}
    await anna.send(anna.message(GROUP, **asking, reply_to_message=photo))
    await anna.tap("It's 😢 Sad")
    await anna.send(anna.message(GROUP, **asking, reply_to_message=again))
    assert telegram.texts[-1].splitlines()[1:] == ["I know this one! ✔ marks what I was told."]


@pytest.mark.parametrize("text", ["what a photo", "@another_bot?"])
async def test_in_a_group_a_reply_that_does_not_mention_the_bot_is_not_answered(
    anna: FakeUser, telegram: FakeTelegram, text: str
) -> None:
    photo = anna.photo(chat=GROUP)
    await anna.send(anna.message(chat=GROUP, **mentioning(text), reply_to_message=photo))
    assert telegram.calls[1:] == []  # after getMe: not even a "typing"
    asked = mentioning(f"@{USERNAME}?")
    await anna.send(anna.message(chat=GROUP, **asked, reply_to_message=photo))
    assert telegram.texts == [HAPPY]


async def test_mood_without_a_photo_is_explained_but_not_in_a_group(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.message(**command("/mood")))
    text = anna.message(chat=GROUP, text="hello")
    await anna.send(anna.message(chat=GROUP, **command("/mood"), reply_to_message=text))
    await anna.send(anna.message(chat=GROUP, **command("/mood")))
    assert telegram.texts == [help_replies.mood_needs_a_photo()]
