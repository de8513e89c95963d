"""Taps on buttons of answers that the database does not hold any more, or from long ago."""

from sqlalchemy import select, update

from bot.replies import photos as replies
from bot.storage.database import Database
from bot.storage.schema import answers, corrections
from tests.support.fake_telegram import FakeTelegram
from tests.support.fake_user import FakeUser

LOST = "I know nothing about this photo any more"


async def stored_labels(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(select(corrections.c.said))).scalars())


async def set_nonce(database: Database, nonce: str | None) -> None:
    """Turn the only answer into one of another history, or of an earlier version of the bot."""
    async with database.writing() as connection:
        await connection.execute(update(answers).values(nonce=nonce))


async def test_after_the_database_was_lost_old_buttons_do_not_fit_new_answers(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    await set_nonce(database, "00000000")
    for label in ("It's 😢 Sad", "Why?"):
        await anna.tap(label)
        assert LOST in telegram.toasts[-1]
    assert telegram.called("sendPhoto") == []
    assert await stored_labels(database) == []


async def test_buttons_of_an_earlier_version_do_not_fit_new_answers(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    for action in ("s", "w", "f"):
        await anna.press(f"v1:1:0:{action}")
        assert LOST in telegram.toasts[-1]
    assert await stored_labels(database) == []


async def test_buttons_of_an_earlier_version_fit_the_answers_from_then(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    await set_nonce(database, None)
    await anna.press("v1:1:0:s")
    assert await stored_labels(database) == ["sad"]
    await anna.tap("Undo")
    assert telegram.toasts[-1] == replies.taken_back()
