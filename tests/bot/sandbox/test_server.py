import socket

import httpx
import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_http import NO_TLS


def _answers(url: str) -> bool:
    with httpx.Client(trust_env=False, verify=NO_TLS) as client:
        return client.get(f"{url}/sandbox/state").status_code == 200


def test_several_sandboxes_run_side_by_side() -> None:
    with SandboxServer() as one, SandboxServer() as other:
        assert one.port != other.port
        assert _answers(one.url)
        assert _answers(other.url)


def test_a_taken_port_fails_at_once() -> None:
    with SandboxServer() as first, pytest.raises(OSError, match="in use"):
        SandboxServer(port=first.port)


def test_the_port_is_free_again_after_the_stop() -> None:
    with SandboxServer() as first:
        port = first.port
        assert _answers(first.url)
    with SandboxServer(port=port) as again:
        assert _answers(again.url)


def test_it_listens_only_on_this_machine() -> None:
    with SandboxServer() as server:
        assert server.url == f"http://127.0.0.1:{server.port}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6() -> None:
    try:
        server = SandboxServer(host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 address")
    with server:
        assert server.url == f"http://[::1]:{server.port}"
        assert _answers(server.url)


def test_a_server_on_all_addresses_has_a_local_url() -> None:
    with SandboxServer(host="0.0.0.0") as server:  # noqa: S104 - what is tested
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert _answers(server.url)


def test_the_token_can_be_chosen() -> None:
    with SandboxServer(SandboxOptions(token="1:other")) as server, BotApiClient(server) as bot_api:
        assert bot_api.call("getMe")["is_bot"]


def test_a_bot_is_ready_when_it_first_polls() -> None:
    with SandboxServer() as server, BotApiClient(server) as bot_api:
        ready = server.bot_ready()
        bot_api.call("getMe")
        assert not ready.done()
        bot_api.call("getUpdates")
        assert ready.result(10) is True


def test_a_stopped_sandbox_cannot_wait_for_a_bot() -> None:
    server = SandboxServer()
    with pytest.raises(RuntimeError, match="call start"):
        server.bot_ready()
    server.stop()
