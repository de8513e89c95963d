"""What admins asked for long ago is not followed."""

import json
import time

import pytest

from bot.context import MoodApplication
from bot.replies import inbox as replies
from bot.replies import models as model_replies
from bot.replies import retraining as retraining_replies
from bot.storage import inbox as storage
from bot.storage.database import Database
from bot.storage.inbox import NewUpdate
from bot.storage.shared_registry import SharedRegistry
from model.registry.registry import Registry
from tests.support.admin_buttons import start_button, version_button
from tests.support.fake_telegram import ALEX, ALEXS_CHAT, FakeTelegram, Json
from tests.support.fake_user import FakeUser, from_alex
from tests.support.labelled_faces import label_faces
from tests.support.model_versions import SECOND, SHIPPED_NAME, THIRD
from tests.support.scripted_retraining import WAIT, FakeProgram

TOO_OLD = (
    400,
    {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: query is too old and response timeout expired or query ID is "
        "invalid",
    },
)


async def take_up(
    application: MoodApplication, database: Database, update: Json, age_s: float
) -> None:
    """Let the bot handle an update that came in before it was restarted."""
    new = NewUpdate(
        update_id=update["update_id"],
        kind="callback_query",
        chat_id=ALEX["id"],
        user_id=ALEX["id"],
        content=json.dumps(update),
    )
    await storage.add(database, [new], int(time.time() - age_s))
    await application.inbox.take_up()
    await application.inbox.wait_until_empty()


def tap(anna: FakeUser, data: str, query_id: str | None = None) -> Json:
    return anna.tap_update(data, ALEX, query_id=query_id, chat=ALEXS_CHAT)


def assert_told_that_it_is_late(telegram: FakeTelegram) -> None:
    (sent,) = telegram.called("sendMessage")
    assert sent["text"] == replies.late_tap()
    assert sent["reply_parameters"]["message_id"] == 1000  # the one that was tapped
    assert {name for name, _ in telegram.calls if name.startswith("edit")} == set()


async def test_an_old_retrain_is_answered_with_its_age_and_not_followed(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await label_faces(database, range(3), user=ALEX["id"])
    command = {**from_alex(anna, "/retrain"), "date": int(time.time()) - 700}
    await anna.send(command)
    (sent,) = telegram.called("sendMessage")
    assert sent["text"] == replies.late_retrain(700)
    assert "/retrain 12 minutes ago" in sent["text"]
    assert sent["reply_parameters"]["message_id"] == command["message_id"]
    assert "reply_markup" not in sent


@pytest.mark.parametrize("age_s", [200, -100_000])
async def test_a_retrain_that_is_not_old_is_followed_even_if_the_clock_is_slow(
    anna: FakeUser, telegram: FakeTelegram, age_s: int
) -> None:
    await anna.send({**from_alex(anna, "/retrain"), "date": int(time.time()) - age_s})
    assert telegram.texts == [retraining_replies.nothing_new(None, 0)]


@pytest.mark.parametrize("button", ["start", "promote", "roll back"])
@pytest.mark.parametrize("waited", ["in the inbox", "at Telegram"])
async def test_an_old_tap_with_consequences_is_not_followed(
    application: MoodApplication,
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    versions: Registry,
    button: str,
    waited: str,
) -> None:
    if waited == "at Telegram":
        telegram.fail("answerCallbackQuery", TOO_OLD)
    data = {
        "start": await start_button(database),
        "promote": version_button(versions, "yes", THIRD),
        "roll back": version_button(versions, "back", SECOND),
    }[button]
    age_s = 400 if waited == "in the inbox" else 0
    await take_up(application, database, tap(anna, data), age_s)
    assert_told_that_it_is_late(telegram)
    assert versions.active().name == SECOND
    assert not application.services.retraining.is_running
    if waited == "in the inbox":
        assert telegram.toasts == [""]


async def test_a_tap_from_before_a_short_restart_is_followed(
    application: MoodApplication,
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    versions: Registry,
    program: FakeProgram,
) -> None:
    await take_up(
        application, database, tap(anna, version_button(versions, "yes", THIRD)), age_s=200
    )
    assert versions.active().name == THIRD
    program.set_output(WAIT)
    await take_up(application, database, tap(anna, await start_button(database)), age_s=200)
    assert application.services.retraining.is_running
    assert telegram.texts == []


async def test_old_taps_that_change_nothing_are_followed(
    application: MoodApplication,
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    versions: Registry,
) -> None:
    ask = version_button(versions, "ask", THIRD)
    await take_up(application, database, tap(anna, ask), age_s=4000)
    assert telegram.labels[0] == f"Yes, use {THIRD}"
    await take_up(application, database, tap(anna, "retrain:cancel"), age_s=4000)
    assert telegram.called("editMessageText")[-1]["text"] == retraining_replies.cancelled()
    assert versions.active().name == SECOND
    assert telegram.texts == []


async def test_a_tap_that_is_delivered_again_too_late_is_answered_with_the_state(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry
) -> None:
    promote = version_button(versions, "yes", THIRD)
    await anna.press(promote, ALEX, query_id="the same", chat=ALEXS_CHAT)
    versions.rollback()
    telegram.fail("answerCallbackQuery", TOO_OLD)
    await anna.press(promote, ALEX, query_id="the same", chat=ALEXS_CHAT)
    assert telegram.texts == [model_replies.serves(SECOND)]
    assert versions.active().name == SECOND


async def test_a_change_that_fails_after_the_tap_was_acknowledged_is_reported(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(SharedRegistry, "promote", fail)
    await anna.press(version_button(versions, "yes", THIRD), ALEX, chat=ALEXS_CHAT)
    assert telegram.toasts == [model_replies.serves(THIRD)]
    assert telegram.texts == [model_replies.not_chosen()]
    assert versions.active().name == SECOND


async def test_an_admin_who_was_slower_than_another_one_is_told_what_serves(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote = SharedRegistry.promote

    async def promote_late(
        registry: SharedRegistry, name: str, expected_active: str | None = None
    ) -> None:
        await registry.rollback()  # by another admin
        await promote(registry, name, expected_active)

    monkeypatch.setattr(SharedRegistry, "promote", promote_late)
    await anna.press(version_button(versions, "yes", THIRD), ALEX, chat=ALEXS_CHAT)
    assert telegram.texts == [model_replies.serves(SHIPPED_NAME)]
    assert versions.active().name == SHIPPED_NAME
