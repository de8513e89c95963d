"""Messages in the name of a chat: of channels, of anonymous admins, of people as a channel."""

import pytest
from sqlalchemy import func, select

from bot.context import MoodApplication
from bot.replies import access as access_replies
from bot.replies import language as language_replies
from bot.storage.database import Database
from bot.storage.schema import answers, photos, users
from tests.support.fake_model import HAPPY
from tests.support.fake_telegram import (
    ANONYMOUS_ADMIN,
    AS_A_CHANNEL,
    BEN,
    CHANNEL_POST,
    GROUP,
    USERNAME,
    FakeTelegram,
    Json,
)
from tests.support.fake_user import FakeUser, change_settings, command

OTHER_GROUP = {"id": -1002, "type": "supergroup", "title": "Another group"}
NAMES = {"channel post": CHANNEL_POST, "anonymous admin": ANONYMOUS_ADMIN, "channel": AS_A_CHANNEL}


@pytest.fixture(params=list(NAMES))
def sender(request: pytest.FixtureRequest) -> Json:
    return NAMES[request.param]


async def count(database: Database, *tables: object) -> list[int]:
    async with database.reading() as connection:
        return [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in tables
        ]


async def test_the_photo_is_judged_without_buttons_and_nothing_is_stored(
    anna: FakeUser, telegram: FakeTelegram, database: Database, sender: Json
) -> None:
    photo = anna.photo(chat=GROUP, **sender)
    question = anna.message(chat=GROUP, **command("/mood"), reply_to_message=photo)
    await anna.send(question)
    (sent,) = telegram.called("sendMessage")
    assert sent["text"] == HAPPY
    assert "reply_markup" not in sent
    assert await count(database, answers, photos) == [0, 0]


async def test_the_same_photo_in_another_group_is_not_known(
    anna: FakeUser, telegram: FakeTelegram, sender: Json
) -> None:
    for group in (GROUP, OTHER_GROUP):
        photo = {**anna.photo(chat=group, **sender)}
        photo["photo"] = [{**size, "file_unique_id": "same"} for size in photo["photo"]]
        await anna.send(anna.message(chat=group, **command("/mood"), reply_to_message=photo))
    assert telegram.texts == [HAPPY, HAPPY]


async def test_one_chats_daily_limit_is_not_that_of_another(
    application: MoodApplication, anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    change_settings(application, bot_photos_a_day=1)
    for channel in (-1009, -1009, -1010):
        as_channel = {**AS_A_CHANNEL, "sender_chat": {"id": channel, "type": "channel"}}
        photo = anna.photo(chat=GROUP)
        asking = command(f"/mood@{USERNAME}")
        await anna.send(anna.message(chat=GROUP, **asking, **as_channel, reply_to_message=photo))
    assert [text == HAPPY for text in telegram.texts] == [True, False, True]
    async with database.reading() as connection:
        ids = set((await connection.execute(select(users.c.id))).scalars())
    assert ids == {1001, -1009, -1010}  # 1001 is Anna, whose photos are stored


async def test_who_asks_about_somebody_elses_photo_as_a_chat_leaves_them_the_buttons(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    photo = anna.photo(chat=GROUP, **{"from": BEN})
    asking = command(f"/mood@{USERNAME}")
    await anna.send(anna.message(chat=GROUP, **asking, **ANONYMOUS_ADMIN, reply_to_message=photo))
    await anna.tap("👍 Right", user=BEN, chat=GROUP)
    assert telegram.toasts[-1].startswith("Got it")


async def test_whoami_does_not_tell_the_shared_id(
    anna: FakeUser, telegram: FakeTelegram, sender: Json
) -> None:
    await anna.send(anna.message(chat=GROUP, **command(f"/whoami@{USERNAME}"), **sender))
    assert telegram.texts == [access_replies.ids(None, GROUP["id"])]
    assert str(sender["from"]["id"]) not in telegram.texts[0]


async def test_a_shared_id_in_the_settings_makes_nobody_an_admin(
    application: MoodApplication, anna: FakeUser, telegram: FakeTelegram, sender: Json
) -> None:
    shared = sender["from"]["id"]
    change_settings(application, bot_admins=frozenset({shared}), bot_photos_a_day=1)
    for _ in range(2):
        asking = command(f"/mood@{USERNAME}")
        photo = anna.photo(chat=GROUP)
        await anna.send(anna.message(chat=GROUP, **asking, **sender, reply_to_message=photo))
    assert telegram.texts[0] == HAPPY
    assert telegram.texts[1] != HAPPY  # admins have no limit


async def test_an_anonymous_admin_chooses_the_language_without_buttons(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    for text in ("/language", "/language xx", "/language DE"):
        await anna.send(anna.message(chat=GROUP, **command(text), **ANONYMOUS_ADMIN))
    asked = language_replies.ask_anonymous_admin(USERNAME)
    assert telegram.texts == [asked, asked, "Ab jetzt: Deutsch"]
    assert not any("reply_markup" in call for call in telegram.called("sendMessage"))
    await anna.send(anna.message(chat=GROUP, **command("/whoami"), **ANONYMOUS_ADMIN))
    assert "dieser Gruppe" in telegram.texts[-1]


async def test_a_channel_may_not_choose_the_language(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    for sender in (AS_A_CHANNEL, CHANNEL_POST):
        await anna.send(anna.message(chat=GROUP, **command("/language de"), **sender))
    assert telegram.texts == [language_replies.admins_only()] * 2
