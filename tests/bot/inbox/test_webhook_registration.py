from typing import Any

import pytest
from telegram.error import Conflict, NetworkError

from bot.errors import RejectedTokenError
from bot.inbox.webhook_registration import (
    explain_conflict,
    remove_webhook,
    set_webhook,
)
from bot.webhook_address import WebhookAddress
from tests.support.fake_telegram import FakeTelegram, fake_bot

ADDRESS = WebhookAddress("https://example.org/hidden", "s3cret_-", "127.0.0.1", 8443)
OTHER_URL = "https://anna:hidden@other.example:8443/hidden"
REFUSED = (400, {"ok": False, "description": "Bad Request: bad webhook: Failed to resolve host"})
UNAUTHORIZED = (401, {"ok": False, "description": "Unauthorized"})
NO_SUCH_METHOD = (404, {"ok": False, "description": "Not Found"})
WEBHOOK_ACTIVE = Conflict(
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)

pytestmark = pytest.mark.usefixtures("short_pauses")


async def test_the_webhook_is_set_and_keeps_what_waits(
    telegram: FakeTelegram, log: pytest.LogCaptureFixture
) -> None:
    await set_webhook(fake_bot(telegram), ADDRESS, ["message", "callback_query", "my_chat_member"])
    (call,) = telegram.called("setWebhook")
    assert call["url"] == ADDRESS.url
    assert call["secret_token"] == "s3cret_-"
    assert call["allowed_updates"] == ["message", "callback_query", "my_chat_member"]
    assert 1 <= call["max_connections"] <= 100
    assert not call.get("drop_pending_updates")
    assert log.messages == ["Telegram delivers updates to example.org"]


async def test_setting_is_tried_until_it_succeeds(
    telegram: FakeTelegram, log: pytest.LogCaptureFixture
) -> None:
    telegram.fail("setWebhook", REFUSED, REFUSED, NetworkError("gone"))
    await set_webhook(fake_bot(telegram), ADDRESS, [])
    assert len(telegram.called("setWebhook")) == 4
    assert len(log.messages) == 3
    assert "does not accept BOT_WEBHOOK_URL (Bad webhook: failed to resolve host)" in log.text
    assert "hidden" not in log.text


async def test_a_token_that_is_unknown_ends_the_bot(telegram: FakeTelegram) -> None:
    telegram.fail("setWebhook", UNAUTHORIZED)
    telegram.fail("getMe", UNAUTHORIZED)
    with pytest.raises(RejectedTokenError):
        await set_webhook(fake_bot(telegram), ADDRESS, [])


async def test_without_a_webhook_there_is_nothing_to_remove(
    telegram: FakeTelegram, log: pytest.LogCaptureFixture
) -> None:
    await remove_webhook(fake_bot(telegram))
    assert telegram.called("deleteWebhook") == []
    assert log.messages == []


async def test_a_removed_webhook_is_named_and_what_waits_is_kept(
    telegram: FakeTelegram, log: pytest.LogCaptureFixture
) -> None:
    telegram.webhook["url"] = OTHER_URL
    await remove_webhook(fake_bot(telegram))
    (call,) = telegram.called("deleteWebhook")
    assert not call.get("drop_pending_updates")
    assert len(log.messages) == 1
    assert "Removed the webhook to other.example:8443," in log.messages[0]
    assert "hidden" not in log.text


@pytest.mark.parametrize("answer", [NO_SUCH_METHOD, (200, {"ok": True, "result": {}})])
async def test_a_server_without_webhooks_is_not_an_error(
    telegram: FakeTelegram, answer: tuple[int, dict[str, Any]]
) -> None:
    telegram.fail("getWebhookInfo", answer)
    await remove_webhook(fake_bot(telegram))
    assert telegram.called("deleteWebhook") == []


async def test_a_conflict_with_a_webhook_is_called_so(telegram: FakeTelegram) -> None:
    telegram.webhook["url"] = OTHER_URL
    told = await explain_conflict(fake_bot(telegram), WEBHOOK_ACTIVE)
    assert "set a webhook for this bot, to other.example:8443, " in told
    assert "restart this bot" in told
    assert "hidden" not in told


async def test_a_conflict_with_a_webhook_is_explained_without_its_host(
    telegram: FakeTelegram,
) -> None:
    telegram.fail("getWebhookInfo", NetworkError("gone"))
    conflict = Conflict("Conflict: terminated by setWebhook request")
    assert "set a webhook" in await explain_conflict(fake_bot(telegram), conflict)


async def test_a_conflict_with_another_poller_is_called_so(telegram: FakeTelegram) -> None:
    conflict = Conflict("Conflict: terminated by other getUpdates request")
    told = await explain_conflict(fake_bot(telegram), conflict)
    assert "Another program fetches this bot's updates" in told
    assert telegram.called("getWebhookInfo") == []


async def test_a_server_that_cannot_say_whether_there_is_a_webhook_is_polled(
    telegram: FakeTelegram,
) -> None:
    telegram.fail("getWebhookInfo", (500, {"ok": False, "description": "no such method"}))
    await remove_webhook(fake_bot(telegram))
    assert len(telegram.called("deleteWebhook")) == 1


async def test_a_telegram_that_cannot_be_reached_may_still_have_a_webhook(
    telegram: FakeTelegram,
) -> None:
    telegram.fail("getWebhookInfo", NetworkError("gone"))
    telegram.fail("deleteWebhook", NetworkError("gone"))
    with pytest.raises(NetworkError):
        await remove_webhook(fake_bot(telegram))
