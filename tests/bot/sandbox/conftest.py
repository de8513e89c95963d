"""A running sandbox, seen from its users' apps and from the bot."""

from collections.abc import Iterator

import pytest

from bot.sandbox.server import SandboxServer
from tests.support.bot_api_client import BotApiClient
from tests.support.manual_clock import ManualClock
from tests.support.pictures import encode, gradient
from tests.support.sandbox_client import ALEX, ANNA, SandboxClient


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox with the options of the demo, on a free port."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def client(sandbox: SandboxServer) -> Iterator[SandboxClient]:
    """The users' side; Alex and Anna have written to the bot, which has confirmed the updates."""
    with SandboxClient(sandbox.url, timeout=10) as client:
        client.send_text("/start", user=ALEX)
        client.send_text("/start", user=ANNA)
        with BotApiClient(sandbox) as bot_api:
            bot_api.confirm_updates()
        client.set_mark()
        yield client


@pytest.fixture
def bot_api(sandbox: SandboxServer, client: SandboxClient) -> Iterator[BotApiClient]:
    """The bot's side; it may write to Alex, Anna and the group."""
    del client
    with BotApiClient(sandbox) as bot_api:
        yield bot_api


@pytest.fixture
def clock() -> ManualClock:
    """The clock of a sandbox whose time a test controls."""
    return ManualClock()


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A JPEG of 640 x 480 pixels."""
    return encode(gradient((640, 480)))
