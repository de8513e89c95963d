"""The bot in webhook mode."""

import socket

import httpx
import pytest

from bot.inbox.webhook import SECRET_HEADER
from bot.settings import Settings
from bot.webhook_address import WebhookAddress
from tests.support.bot_api_client import BotApiClient
from tests.support.bot_process import BotSandbox
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import SandboxClient
from tests.support.sandbox_http import NO_TLS

VERDICT = "I see no face here"


@pytest.fixture
def webhook() -> dict[str, str]:
    """The settings of a webhook."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    return {"BOT_WEBHOOK_URL": f"http://{listen}", "BOT_WEBHOOK_LISTEN": listen}


def address_of(sandbox: BotSandbox, webhook: dict[str, str]) -> WebhookAddress:
    names = {name.lower(): value for name, value in webhook.items()}
    settings = Settings(
        telegram_bot_token=sandbox.server.token, telegram_api_url=sandbox.server.url, **names
    )
    assert settings.webhook is not None
    return settings.webhook


def test_photos_and_taps_come_in_and_nobody_else(
    sandbox: BotSandbox, people: SandboxClient, webhook: dict[str, str]
) -> None:
    bot = sandbox.start_bot(**webhook)
    people.send_photo(jpeg_bytes())
    answer = people.wait_for_text(VERDICT)
    people.wait_for_answer(people.press_label(answer, "Happy"))
    assert people.requests("getUpdates") == []

    address = address_of(sandbox, webhook)
    text = {"message_id": 1, "date": 0, "chat": {"id": 1001, "type": "private"}, "text": "forged"}
    with httpx.Client(trust_env=False, verify=NO_TLS) as stranger:
        for headers in ({}, {SECRET_HEADER: "guess"}):
            update = {"update_id": 1, "message": text}
            assert stranger.post(address.url, json=update, headers=headers).status_code == 403
    bot.wait_for_log("the secret is missing or wrong")

    assert bot.stop() == 0
    assert "Traceback" not in bot.log
    for secret in (address.secret, address.path):
        assert secret not in bot.log
    with BotApiClient(sandbox.server) as bot_api:
        assert bot_api.call("getWebhookInfo")["url"] == address.url
    # What was sent meanwhile waits for the next start.
    people.send_photo(jpeg_bytes())
    sandbox.start_bot(**webhook)
    people.wait_for_text(VERDICT)


def test_changing_the_mode_keeps_what_waits_and_tells_of_webhooks_of_others(
    sandbox: BotSandbox, people: SandboxClient, webhook: dict[str, str]
) -> None:
    with BotApiClient(sandbox.server) as bot_api:
        bot_api.call("setWebhook", url="http://localhost:9/hidden")
        people.send_photo(jpeg_bytes())
        polling = sandbox.start_bot()
        people.wait_for_text(VERDICT)
        assert "Removed the webhook to localhost:9, because this bot polls" in polling.log

        bot_api.call("setWebhook", url="http://localhost:9/hidden")
        polling.wait_for_log("Another program has set a webhook for this bot, to localhost")
        people.send_photo(jpeg_bytes())
        bot_api.call("deleteWebhook")
        people.wait_for_text(VERDICT)
    assert polling.stop() == 0
    assert "hidden" not in polling.log
    assert "Another program fetches" not in polling.log

    people.send_photo(jpeg_bytes())
    sandbox.start_bot(**webhook)
    people.wait_for_text(VERDICT)


def test_a_taken_port_is_one_sentence(sandbox: BotSandbox, webhook: dict[str, str]) -> None:
    host, _, port = webhook["BOT_WEBHOOK_LISTEN"].rpartition(":")
    with socket.create_server((host, int(port))):
        bot = sandbox.start_bot(ready=False, **webhook)
        assert bot.wait() == 1
    assert "cannot listen on 127.0.0.1" in bot.log
    assert "Traceback" not in bot.log
