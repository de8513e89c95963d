"""A running sandbox, the people in it, and a bot's side of the wire."""

from collections.abc import Iterator

import pytest

from bot.sandbox.server import SandboxServer
from tests.support.bot_api_client import Wire
from tests.support.pictures import encode, gradient
from tests.support.sandbox_client import ALEX, ANNA, SandboxClient


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox as the demo runs it, on a free port."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def people(sandbox: SandboxServer) -> Iterator[SandboxClient]:
    """The people's side; Alex and Anna have written to the bot, which took note of it."""
    with SandboxClient(sandbox.url, timeout=10) as client:
        client.send_text("/start", user=ALEX)
        client.send_text("/start", user=ANNA)
        with Wire(sandbox) as bot:
            bot.call("getUpdates", offset=2**31)
        client.set_mark()
        yield client


@pytest.fixture
def wire(sandbox: SandboxServer, people: SandboxClient) -> Iterator[Wire]:
    """The bot's side, free to write to Alex, Anna and the group."""
    del people
    with Wire(sandbox) as client:
        yield client


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A JPEG of 640 x 480 pixels."""
    return encode(gradient((640, 480)))
