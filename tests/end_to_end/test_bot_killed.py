"""The bot is killed at random moments, and no tap is lost or counts twice.

The suite kills it a few times; `KILLS=200 pytest tests/end_to_end/test_bot_killed.py` does so more
often, which takes seven minutes on two cores.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise

import pytest

from bot.replies import inbox as inbox_replies
from tests.support.bot_database import corrections_by_face, require_whole, rows
from tests.support.bot_process import BotSandbox
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import Json, SandboxClient, buttons

KILLS = int(os.environ.get("KILLS", "12"))
MAX_STEPS = 16  # things that happen in the chat before the kill: messages, toasts, edits
MAX_STEP_S = 0.05
GLANCE_S = 0.3
# A tap beyond the day's limit is acknowledged, too, but with a refusal.
NO_LIMITS = {"BOT_PHOTOS_A_DAY": "1000000", "BOT_CORRECTIONS_A_DAY": "1000000"}


class Person(threading.Event):
    """A user who sends photos and taps until the bot is dead and this event is set.

    Args:
        url: the sandbox's.
        rng: decides what the user does.
    """

    def __init__(self, url: str, rng: random.Random) -> None:
        super().__init__()
        self._url = url
        self._rng = rng
        self.pressed: list[str] = []  # the ids of the taps

    def act(self) -> None:
        with SandboxClient(self._url, GLANCE_S) as chat:
            answers: list[Json] = []
            for _ in range(self._rng.randint(1, 2)):
                colour = tuple(self._rng.randbytes(3))
                chat.send_photo(jpeg_bytes((64, 48), (colour[0], colour[1], colour[2])))
                self._wait(lambda: answers.append(chat.wait_for_message()))
            # What was in hand at two kills gets an apology, which has no buttons.
            tappable = [answer for answer in answers if buttons(answer)]
            for _ in range(self._rng.randint(2, 8) if tappable else 0):
                self._tap(chat, self._rng.choice(tappable))

    def _tap(self, chat: SandboxClient, answer: Json) -> None:
        stem = buttons(answer)[0]["callback_data"].rpartition(":")[0]
        query = chat.press(answer, f"{stem}:{self._rng.choice('hsu')}", force=True)
        self.pressed.append(query)
        if self._rng.random() < 0.7:
            self._wait(lambda: chat.wait_for_answer(query))

    def _wait(self, look: Callable[[], object]) -> None:
        while not self.is_set():
            with suppress(AssertionError):  # nothing to see yet
                look()
                return


def check_database(sandbox: BotSandbox, acknowledged: set[str]) -> None:
    """Check that acknowledged taps are stored once and that no row is half written."""
    require_whole(sandbox)
    assert acknowledged <= {row[0] for row in rows(sandbox, "SELECT id FROM processed_taps")}
    for said in corrections_by_face(sandbox).values():
        assert all(one != other for one, other in pairwise(said))
        assert said[0] != "withdrawn"
    empty = "SELECT id FROM photos WHERE id NOT IN (SELECT photo_id FROM faces)"
    assert rows(sandbox, empty) == []


def wait_for_steps(people: SandboxClient, steps: int, acting: Future[None]) -> None:
    """Wait for this number of events in the chat; fewer if the user has done everything."""
    seen = people.mark
    while steps:
        try:
            seen = people.wait_for(lambda _: True, timeout=GLANCE_S, after=seen)["seq"]
            steps -= 1
        except AssertionError:  # no event for a moment
            if acting.done():
                return


@pytest.mark.long
@pytest.mark.timeout(60 + 20 * KILLS)
def test_no_tap_is_lost_when_the_bot_is_killed_at_any_moment(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    rng = random.Random(1)
    acknowledged: set[str] = set()
    pressed: list[str] = []
    for number in range(KILLS):
        bot = sandbox.start_bot(**NO_LIMITS)
        people.set_mark()
        person = Person(sandbox.server.url, random.Random(number))
        with ThreadPoolExecutor(1) as thread:
            acting = thread.submit(person.act)
            wait_for_steps(people, rng.randint(1, MAX_STEPS), acting)
            # Not only between two steps, but anywhere within one.
            time.sleep(rng.uniform(0, MAX_STEP_S))
            bot.signal(signal.SIGKILL)
            bot.wait()
            person.set()
        acting.result()
        pressed += person.pressed
        # Those that came again after the kill before are among them. Not those that were in hand at
        # two kills: they get an apology.
        said = {query: people.callback(query) for query in pressed}
        acknowledged = {
            query
            for query, answer in said.items()
            if answer["answered"] and answer["text"] != inbox_replies.set_aside()
        }
        check_database(sandbox, acknowledged)
    assert len(acknowledged) >= KILLS
    sandbox.start_bot(**NO_LIMITS)
    # What was under way when the last one was killed may come first.
    sent = people.send_photo(jpeg_bytes((64, 48)))["message_id"]
    answer = people.wait_for_message(
        lambda message: message.get("reply_to_message", {}).get("message_id") == sent, edited=False
    )
    assert people.wait_for_answer(people.press_label(answer, "It's"))["text"].startswith("Got it")
    # What it was killed over came again.
    assert [query for query in pressed if not people.callback(query)["answered"]] == []
