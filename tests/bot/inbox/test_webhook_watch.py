import pytest
from telegram.error import NetworkError

from bot.errors import RejectedTokenError
from bot.inbox.webhook_watch import WebhookWatch
from bot.webhook_address import WebhookAddress
from tests.support.fake_telegram import FakeTelegram, fake_bot

ADDRESS = WebhookAddress("https://example.org/hidden", "s3cret_-", "127.0.0.1", 8443)
OTHER_URL = "https://other.example/hidden"
UNAUTHORIZED = (401, {"ok": False, "description": "Unauthorized"})
NO_SUCH_METHOD = (404, {"ok": False, "description": "Not Found"})


class Watched:
    """A webhook that was set, and is watched."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self.telegram = telegram
        self.busy_answers = 0
        self.watch = WebhookWatch(fake_bot(telegram), ADDRESS, lambda: self.busy_answers)
        telegram.webhook["url"] = ADDRESS.url

    def failed(self, message: str, at: int) -> None:
        """Record that a delivery failed at some time, and that its update is pending."""
        self.telegram.webhook |= {
            "last_error_message": message,
            "last_error_date": at,
            "pending_update_count": 1,
        }


@pytest.fixture
def watched(telegram: FakeTelegram) -> Watched:
    return Watched(telegram)


async def test_deliveries_that_arrive_are_not_worth_a_line(
    watched: Watched, log: pytest.LogCaptureFixture
) -> None:
    watched.failed("Connection refused", at=1)  # before this start
    for _ in range(3):
        await watched.watch.look()
    assert log.messages == []


async def test_failing_deliveries_are_logged_once_with_the_cure(
    watched: Watched, log: pytest.LogCaptureFixture
) -> None:
    await watched.watch.look()
    for at in (1, 2, 2, 3):
        watched.failed("Wrong response from the webhook: 502 Bad Gateway", at)
        await watched.watch.look()
    assert len(log.messages) == 1
    assert "502 Bad Gateway" in log.messages[0]
    assert "BOT_WEBHOOK_LISTEN" in log.messages[0]
    watched.telegram.webhook["pending_update_count"] = 0
    await watched.watch.look()
    assert log.messages[1:] == ["The webhook works again"]


@pytest.mark.parametrize(
    ("message", "cure"),
    [
        ("Wrong response from the webhook: 403 Forbidden", "BOT_WEBHOOK_SECRET"),
        ("Wrong response from the webhook: 404 Not Found", "pass the path"),
        ("SSL error {error:0A000086:certificate verify failed}", "certificate"),
        ("Failed to resolve host: Name or service not known", "DNS"),
        ("Connection timed out", "able to connect"),
        ("Wrong response from the webhook: 503 Service Unavailable", "able to connect"),
    ],
)
async def test_each_failure_has_its_cure(
    watched: Watched, log: pytest.LogCaptureFixture, message: str, cure: str
) -> None:
    await watched.watch.look()
    watched.failed(message, at=1)
    await watched.watch.look()
    assert cure in log.messages[0]


async def test_its_own_503_is_no_failure(watched: Watched, log: pytest.LogCaptureFixture) -> None:
    await watched.watch.look()
    watched.busy_answers = 3
    watched.failed("Wrong response from the webhook: 503 Service Unavailable", at=1)
    await watched.watch.look()
    assert log.messages == []


@pytest.mark.parametrize(
    ("url", "told"), [(OTHER_URL, "set a webhook to other.example"), ("", "removed the webhook")]
)
async def test_a_webhook_that_somebody_else_changed_is_reported_and_left_alone(
    watched: Watched, log: pytest.LogCaptureFixture, url: str, told: str
) -> None:
    watched.telegram.webhook["url"] = url
    await watched.watch.look()
    await watched.watch.look()
    assert [record.levelname for record in log.records] == ["ERROR"]
    assert told in log.messages[0]
    assert "hidden" not in log.text
    assert watched.telegram.called("setWebhook") == []
    watched.telegram.webhook["url"] = "HTTPS://Example.org:443/hidden"
    await watched.watch.look()
    assert log.messages[1:] == ["The webhook works again"]


async def test_an_outage_is_logged_once_at_each_end(
    watched: Watched, log: pytest.LogCaptureFixture
) -> None:
    watched.telegram.fail("getWebhookInfo", NetworkError("gone"), NetworkError("gone"))
    for _ in range(3):
        await watched.watch.look()
    assert log.messages == ["Telegram cannot be reached (gone)", "The webhook works again"]


async def test_a_revoked_token_ends_the_watch(watched: Watched) -> None:
    watched.telegram.fail("getWebhookInfo", UNAUTHORIZED)
    watched.telegram.fail("getMe", UNAUTHORIZED)
    with pytest.raises(RejectedTokenError):
        await watched.watch.run()


async def test_a_server_that_does_not_tell_about_webhooks_is_no_revoked_token(
    watched: Watched, log: pytest.LogCaptureFixture
) -> None:
    watched.telegram.fail("getWebhookInfo", NO_SUCH_METHOD)
    await watched.watch.look()
    assert log.messages == []
