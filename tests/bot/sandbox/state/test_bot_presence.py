"""Whether the sandbox notices that a bot is there, and that it is gone."""

from collections.abc import Iterator

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import SandboxClient
from tests.support.waiting_bot import waiting_bot

UNREACHABLE = "http://127.0.0.1:9/hook"


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox that misses its bot soon."""
    with SandboxServer(SandboxOptions(bot_timeout=0.05)) as server:
        yield server


@pytest.fixture
def people(sandbox: SandboxServer) -> Iterator[SandboxClient]:
    """The users' side of that sandbox, before any call of a bot."""
    with SandboxClient(sandbox.url) as client:
        yield client


def wait_until(people: SandboxClient, presence: str) -> None:
    """Wait for the next change of the bot's presence, which must be to this one."""
    event = people.wait_for(lambda event: event["type"] == "bot")
    assert event["presence"] == presence
    people.mark = event["seq"]


def test_a_bot_is_there_while_it_polls_and_gone_when_it_is_killed(
    sandbox: SandboxServer, people: SandboxClient
) -> None:
    assert people.state()["presence"] == "never"
    for _ in range(2):
        with waiting_bot(sandbox):
            wait_until(people, "connected")
            assert people.state()["presence"] == "connected"
        wait_until(people, "gone")
    assert people.state()["presence"] == "gone"


def test_a_bot_with_a_webhook_is_gone_once_a_delivery_does_not_reach_it(
    sandbox: SandboxServer, people: SandboxClient
) -> None:
    with BotApiClient(sandbox) as bot_api:
        bot_api.call("setWebhook", url=UNREACHABLE)
        wait_until(people, "connected")
        people.send_text("hello?")
        wait_until(people, "gone")
        bot_api.call("deleteWebhook")
        wait_until(people, "connected")
        wait_until(people, "gone")


def test_who_does_not_know_the_token_is_not_the_bot(
    sandbox: SandboxServer, people: SandboxClient
) -> None:
    with BotApiClient(sandbox, token="1:wrong") as stranger:
        assert stranger.error("getMe")[0] == 401
    assert people.state()["presence"] == "never"
