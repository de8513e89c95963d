"""The event stream and the poll."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.events import EventLog
from tests.support.sandbox_client import SandboxClient
from tests.support.sandbox_http import NO_TLS

PAST = 3
"""Number of the events that the fixture `client` causes: two messages, and the bot is there."""


@pytest.fixture
def http(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    """An HTTP client for the control side."""
    with httpx.Client(base_url=sandbox.url, trust_env=False, verify=NO_TLS, timeout=30) as client:
        yield client


def _events(stream: httpx.Response, count: int) -> list[tuple[int, dict[str, object]]]:
    """Read `count` events from a stream: the number in `id:` and the object in `data:`."""
    found: list[tuple[int, dict[str, object]]] = []
    number = 0
    for line in stream.iter_lines():
        field, _, value = line.partition(": ")
        if field == "id":
            number = int(value)
        elif field == "data":
            found.append((number, json.loads(value)))
        if len(found) == count:
            break
    return found


def test_the_stream_has_past_events_and_then_new_ones(
    http: httpx.Client, client: SandboxClient
) -> None:
    client.send_text("before")
    with http.stream("GET", "/sandbox/events", params={"after": PAST}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        seen: list[dict[str, object]] = []
        for line in lines:
            if line.startswith("data: "):
                seen.append(json.loads(line.removeprefix("data: ")))
                if len(seen) == 1:
                    client.send_text("after")
            if len(seen) == 2:
                break
    texts = [event["message"]["text"] for event in seen]  # type: ignore[index]
    assert texts == ["before", "after"]
    assert [event["seq"] for event in seen] == [PAST + 1, PAST + 2]


def test_a_reconnected_stream_continues_where_it_stopped(
    http: httpx.Client, client: SandboxClient
) -> None:
    client.send_text("missed")
    headers = {"last-event-id": str(PAST)}
    with http.stream("GET", "/sandbox/events?after=0", headers=headers) as stream:
        [(number, event)] = _events(stream, 1)
    assert number == event["seq"] == PAST + 1


def test_a_stream_from_before_a_restart_begins_again(
    http: httpx.Client, client: SandboxClient
) -> None:
    client.send_text("hello")
    with http.stream("GET", "/sandbox/events", headers={"last-event-id": "999"}) as stream:
        assert [number for number, _ in _events(stream, 3)] == [1, 2, 3]


def test_a_poll_waits_for_the_next_event(http: httpx.Client, client: SandboxClient) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(http.get, f"/sandbox/events/poll?after={PAST}&timeout=20")
        client.send_text("now")
        body = waiting.result(10).json()
    assert body["last_event"] == PAST + 1
    assert [event["seq"] for event in body["events"]] == [PAST + 1]


def test_a_poll_ends_empty_after_its_timeout(http: httpx.Client) -> None:
    body = http.get("/sandbox/events/poll?after=0&timeout=0.1").json()
    assert body == {"events": [], "last_event": 0}


def test_stopping_the_sandbox_ends_the_streams() -> None:
    with (
        SandboxServer() as server,
        httpx.Client(trust_env=False, verify=NO_TLS, timeout=30) as client,
        client.stream("GET", f"{server.url}/sandbox/events") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines) == "retry: 1000"
        server.stop()
        assert "id: 1" not in list(lines)


def test_only_the_newest_events_are_kept() -> None:
    events = EventLog(max_events=3)
    for number in range(10):
        events.add("commands", number=number)
    assert [event["number"] for event in events.after(0)] == [7, 8, 9]
    assert events.last == 10
