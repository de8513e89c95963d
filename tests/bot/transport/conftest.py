from collections.abc import Callable

import pytest

from bot.transport.outgoing_requests import RetryingRequest
from tests.support.failing_network import Network
from tests.support.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], VirtualTimeLoop]]:
    """Let time jump over the pauses between attempts."""
    return {"virtual time": VirtualTimeLoop}


@pytest.fixture(autouse=True)
def timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the library return pauses as it will in its next version, without a warning."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def request_(network: Network) -> RetryingRequest:
    """Requests that go through `network`."""
    return RetryingRequest(network)
