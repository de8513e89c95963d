"""The daily quota of photos and corrections."""

import asyncio
import re
from collections import Counter

import pytest
from sqlalchemy import select

from bot.context import MoodApplication
from bot.storage.database import Database
from bot.storage.schema import daily_counts
from model.errors import DamagedImageError
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import ALEX, BEN, GROUP, FakeTelegram
from tests.support.fake_user import FakeUser, change_settings, command

QUOTA_USED_UP = re.compile(
    r"You have reached my daily limit of 2 photos\. "
    r"Send me this one again in (\d+ hours?|\d+ minutes?)\?"
)
# The user that Telegram fills in for messages of a chat.
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
SAD = "It's 😢 Sad"


@pytest.fixture(autouse=True)
def two_a_day(application: MoodApplication) -> None:
    change_settings(application, bot_photos_a_day=2, bot_corrections_a_day=2)


def refused(telegram: FakeTelegram) -> list[bool]:
    """Return for each answer whether it says that the quota is used up."""
    return [bool(QUOTA_USED_UP.search(text)) for text in telegram.texts]


async def test_photos_over_the_quota_are_refused_with_the_time_left(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    for _ in range(3):
        await anna.send(anna.photo())
    assert refused(telegram) == [False, False, True]
    assert QUOTA_USED_UP.fullmatch(telegram.texts[-1])


async def test_every_photo_of_an_album_counts(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo())
    album = [anna.photo(media_group_id="a") for _ in range(3)]
    await anna.send(*album)
    lines = telegram.texts[-1].splitlines()
    assert lines[0] == "3 pictures: 1 😊, 2 ⚠️"
    assert [bool(QUOTA_USED_UP.search(line)) for line in lines[1:]] == [False, True, True]


async def test_photos_sent_at_once_count_too(anna: FakeUser, telegram: FakeTelegram) -> None:
    await asyncio.gather(*(anna.send(anna.photo()) for _ in range(6)))
    assert Counter(refused(telegram)) == {False: 2, True: 4}


async def test_a_repeated_photo_is_free(anna: FakeUser, telegram: FakeTelegram) -> None:
    message = anna.photo()
    for _ in range(4):
        await anna.send({**anna.message(), "photo": message["photo"]})
    await anna.send(anna.photo())
    assert not any(refused(telegram))


async def test_in_a_group_the_user_who_asks_is_counted(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    for _ in range(3):
        photo = anna.photo(chat=GROUP)
        asking = anna.message(chat=GROUP, **command("/mood"), reply_to_message=photo)
        await anna.send({**asking, "from": BEN})
    assert refused(telegram) == [False, False, True]
    async with database.reading() as connection:
        counted = await connection.execute(select(daily_counts.c.user_id))
        assert counted.scalars().all() == [BEN["id"]]


async def test_anonymous_admins_are_counted_as_their_group(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    channel = {"id": -1002, "type": "channel", "title": "Holidays"}
    for chat in (GROUP, GROUP, GROUP, channel):
        photo = anna.photo(chat=GROUP)
        asking = anna.message(chat=GROUP, **command("/mood"), reply_to_message=photo)
        await anna.send({**asking, "from": ANONYMOUS, "sender_chat": chat})
    assert refused(telegram) == [False, False, True, False]


async def test_admins_have_no_quota(anna: FakeUser, telegram: FakeTelegram) -> None:
    for _ in range(4):
        await anna.send({**anna.photo(), "from": ALEX})
    assert not any(refused(telegram))


async def test_a_file_that_cannot_be_decoded_counts_too(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = DamagedImageError()
    for _ in range(3):
        await anna.send(anna.photo())
    assert refused(telegram) == [False, False, True]


async def test_corrections_over_the_quota_are_refused_with_the_time_left(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication
) -> None:
    change_settings(application, bot_photos_a_day=9)
    for _ in range(3):
        await anna.send(anna.photo())
        await anna.tap(SAD)
    assert telegram.toasts[1] == "Got it: 😢 Sad. Thanks!"
    assert re.fullmatch(
        r"Thank you! You have reached my daily limit of 2 corrections\. "
        r"Tap again in (\d+ hours?|\d+ minutes?)\?",
        telegram.toasts[2],
    )


async def test_verdicts_beyond_the_quota_are_not_confirmed_in_part(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.9, 0.9)
    await anna.send(anna.photo())
    await anna.tap("👍 All right")
    assert "daily limit of 2 corrections" in telegram.toasts[-1]
    assert telegram.labels[:3] == ["1", "2", "3"]
