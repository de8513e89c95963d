"""Bots are replaced one after the other while people send photos, as a rolling update does."""

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest

from scripts.reliability.reverse_proxy import ReverseProxy
from tests.support import postgres_server
from tests.support.bot_process import BotProcess, BotSandbox
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import ALEX, ANNA, BEN, SandboxClient
from tests.support.sandbox_http import Json

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")

BOTS = 2
SENDERS = (ANNA, BEN, ALEX)
PAUSE_S = 1.0  # of each sender, between two photos
ANSWER_S = 60.0

StartBot = Callable[[], BotProcess]


@pytest.fixture
def start_bot(sandbox: BotSandbox) -> Iterator[StartBot]:
    """Starts one bot more; a proxy delivers to those that listen, without knowing who stops."""
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2 * BOTS)
        ]
        ports = [one.getsockname()[1] for one in sockets]
    with ReverseProxy([f"http://127.0.0.1:{port}" for port in ports]) as proxy:

        def start() -> BotProcess:
            port = ports.pop()
            return sandbox.start_bot(
                BOT_WEBHOOK_URL=proxy.url,
                BOT_WEBHOOK_LISTEN=f"127.0.0.1:{port}",
                BOT_DATA_DIR=str(sandbox.folder / f"bot{port}"),
            )

        yield start


def send_photos(url: str, user: int, enough: Event) -> list[int]:
    """Send a photo every second; return the ids of the messages."""
    sent: list[int] = []
    with SandboxClient(url) as person:
        while not enough.wait(PAUSE_S):
            # The colour differs, or the bot would know the photo.
            color = (len(sent) % 250, len(sent) // 250, user % 250)
            sent.append(person.send_photo(jpeg_bytes((64, 48), color), user=user)["message_id"])
    return sent


def answered(people: SandboxClient, user: int) -> Counter[int]:
    """Return how often each message of a private chat was answered."""
    messages = people.messages(user)
    return Counter(
        one["reply_to_message"]["message_id"]
        for one in messages
        if one["from"]["is_bot"] and "reply_to_message" in one
    )


def wait_until_answered(people: SandboxClient, user: int, message_id: int) -> None:
    def answers(message: Json) -> bool:
        return message.get("reply_to_message", {}).get("message_id") == message_id

    people.mark = 0
    people.wait_for_message(answers, chat=user, timeout=ANSWER_S)


@pytest.mark.process
@pytest.mark.timeout(600)
def test_every_photo_is_answered_exactly_once(
    start_bot: StartBot, sandbox: BotSandbox, people: SandboxClient
) -> None:
    old = [start_bot() for _ in range(BOTS)]
    new = []
    enough = Event()
    with ThreadPoolExecutor(len(SENDERS)) as pool:
        url = sandbox.server.url
        senders = {user: pool.submit(send_photos, url, user, enough) for user in SENDERS}
        try:
            for bot in old:
                new.append(start_bot())
                assert bot.stop() == 0
        finally:
            enough.set()
        sent = {user: sender.result() for user, sender in senders.items()}
    assert all(len(ids) >= BOTS for ids in sent.values())
    for user, ids in sent.items():
        for missing in set(ids) - set(answered(people, user)):
            wait_until_answered(people, user, missing)
    for bot in new:
        assert bot.stop() == 0  # now nothing comes any more that would be one too many
    for user, ids in sent.items():
        assert answered(people, user) == Counter(ids)
