"""/language, in private chats and in groups."""

import json
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from telegram.error import BadRequest

from bot.context import MoodApplication
from bot.i18n import LANGUAGE_NAMES, in_language
from bot.replies import help as help_replies
from bot.replies import language as replies
from bot.services.languages import Languages
from bot.storage.database import Database
from tests.support.fake_telegram import ALEX, ANNA, BEN, GROUP, FakeTelegram
from tests.support.fake_user import FakeUser, command

IN_GERMAN = "Schick mir ein Foto"  # the hint for a text begins so
SUPERGROUP = {**GROUP, "id": -100_77}


def restart(application: MoodApplication, database: Database) -> None:
    """Let the bot forget what is only in memory."""
    application.services = replace(application.services, languages=Languages(database))


async def choose(anna: FakeUser, label: str) -> None:
    await anna.send(anna.message(**command("/language")))
    await anna.tap(label)


async def ask_in_group(anna: FakeUser, telegram: FakeTelegram, group: dict = GROUP) -> str:
    """Have Ben ask about a photo in a group; returns the answer's text."""
    photo = anna.photo(chat=group)
    asking = anna.message(chat=group, reply_to_message=photo, **command("/mood"))
    await anna.send({**asking, "from": BEN})
    return telegram.texts[-1]


async def test_the_menu_begins_with_the_apps_language_and_marks_the_choice(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.message(**command("/language")))
    assert telegram.labels == ["✔ As my app", *LANGUAGE_NAMES.values()]
    await anna.tap("Deutsch")
    assert "✔ Deutsch" in telegram.labels
    assert telegram.called("editMessageText")[-1]["text"].startswith("In welcher Sprache")
    assert telegram.toasts == ["Ab jetzt: Deutsch"]


async def test_the_choice_counts_for_messages_and_taps_and_outlives_a_restart(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication, database: Database
) -> None:
    await choose(anna, "Deutsch")
    restart(application, database)
    await anna.send(anna.message(text="hello"))
    assert telegram.texts[-1].startswith(IN_GERMAN)
    await anna.send(anna.photo())
    assert "👍 Stimmt" in telegram.labels
    await anna.send({**anna.message(text="hello"), "from": BEN})
    assert telegram.texts[-1] == help_replies.send_a_photo()


async def test_the_apps_language_can_be_chosen_again(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication, database: Database
) -> None:
    await choose(anna, "Deutsch")
    await anna.tap("Wie in meiner App", user={**ANNA, "language_code": "es"})
    assert telegram.toasts[-1].startswith("A partir de ahora")
    restart(application, database)
    await anna.send({**anna.message(text="hello"), "from": {**ANNA, "language_code": "es"}})
    with in_language("es"):
        assert telegram.texts[-1] == help_replies.send_a_photo()


async def test_english_can_be_chosen_against_the_app(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    german = {**ANNA, "language_code": "de"}
    await anna.press("language:en", user=german)
    await anna.send({**anna.message(text="hello"), "from": german})
    assert telegram.texts[-1] == help_replies.send_a_photo()


async def test_an_admin_of_a_group_chooses_for_everybody_there(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication, database: Database
) -> None:
    await anna.send({**anna.message(chat=GROUP, **command("/language")), "from": ALEX})
    assert telegram.labels == ["✔ Each person's own", *LANGUAGE_NAMES.values()]
    await anna.tap("Deutsch", user=ALEX, chat=GROUP)
    restart(application, database)
    assert (await ask_in_group(anna, telegram)).startswith("😊 Fröhlich")
    assert (await ask_in_group(anna, telegram, {**GROUP, "id": -5})).startswith("😊 Happy")
    await anna.send({**anna.message(text="hello"), "from": BEN})
    assert telegram.texts[-1] == help_replies.send_a_photo()  # in private as before
    await anna.press("language:app", user=ALEX, chat=GROUP)
    assert (await ask_in_group(anna, telegram)).startswith("😊 Happy")


async def test_nobody_else_chooses_for_a_group(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.message(chat=GROUP, **command("/language")))
    assert telegram.texts == [replies.admins_only()]
    await anna.press("language:de", chat=GROUP)
    assert telegram.toasts == [replies.admins_only()]
    assert (await ask_in_group(anna, telegram)).startswith("😊 Happy")


async def test_nothing_is_chosen_while_the_admins_are_not_known(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    telegram.fail("getChatAdministrators", BadRequest("CHANNEL_PRIVATE"))
    await anna.press("language:de", user=ALEX, chat=GROUP)
    assert telegram.toasts == [replies.not_checked()]
    assert (await ask_in_group(anna, telegram)).startswith("😊 Happy")


async def test_the_language_of_a_group_stays_when_it_becomes_a_supergroup(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.press("language:de", user=ALEX, chat=GROUP)
    await anna.send(anna.message(chat=GROUP, migrate_to_chat_id=SUPERGROUP["id"]))
    assert (await ask_in_group(anna, telegram, SUPERGROUP)).startswith("😊 Fröhlich")


async def test_mydata_tells_the_choice_and_forget_erases_it(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await choose(anna, "Deutsch")
    await anna.send(anna.message(**command("/mydata")))
    with ZipFile(BytesIO(telegram.called("sendDocument")[0]["document"])) as archive:
        (user,) = json.loads(archive.read("data.json"))["users"]
    assert user["language"] == "de"
    await anna.send(anna.message(**command("/forget")))
    assert "die gewählte Sprache" in telegram.texts[-1]
    await anna.tap("Alles löschen")
    await anna.send(anna.message(text="hello"))
    assert telegram.texts[-1] == help_replies.send_a_photo()


async def test_privacy_and_help_tell_of_the_choice(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.message(**command("/privacy")))
    assert "the language you chose" in telegram.texts[-1]
    await anna.send(anna.message(**command("/help")))
    assert "/language" in telegram.texts[-1]
    assert "language" in {name for name, _ in help_replies.group_commands()}


@pytest.mark.parametrize("data", ["language:", "language:xx", "language:de:1", "language:DE"])
async def test_a_forged_choice_is_refused(
    anna: FakeUser, telegram: FakeTelegram, data: str
) -> None:
    await anna.press(data)
    assert "do not know this button" in telegram.toasts[0]


@pytest.mark.usefixtures("sqlite_only")
async def test_a_broken_database_answers_in_the_apps_language(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE users RENAME COLUMN language TO other")
    await anna.send({**anna.message(text="hello"), "from": {**ANNA, "language_code": "de"}})
    assert telegram.texts[-1].startswith(IN_GERMAN)
