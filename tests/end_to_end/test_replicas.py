"""Two bots behind one webhook, on one PostgreSQL database."""

import signal
import time
from collections.abc import Iterator

import pytest

from tests.support import postgres_server
from tests.support.bot_process import BotSandbox, wait_for_answers
from tests.support.conversation import (
    SAD,
    answer_to,
    ask_in_group,
    bot_messages,
    tap,
    wait_for_reply,
)
from tests.support.pictures import jpeg_bytes
from tests.support.replica_processes import Replicas, running_replicas
from tests.support.sandbox_client import ANNA, BEN, GROUP, SandboxClient, text_of

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")

PHOTOS_A_DAY = 10
SLOW = 50  # bytes per second; a photo takes 14 s


@pytest.fixture
def replicas(sandbox: BotSandbox) -> Iterator[Replicas]:
    with running_replicas(sandbox, BOT_PHOTOS_A_DAY=str(PHOTOS_A_DAY)) as replicas:
        yield replicas


def photo(number: int) -> bytes:
    """Return a picture unlike those with other numbers."""
    return jpeg_bytes((64, 48), (number, 9, 9))


def rows(replicas: Replicas, query: str) -> list[str]:
    return replicas.sql(query).splitlines()


def wait_until_pending(replicas: Replicas, count: int) -> None:
    """Wait until so many updates are in hand."""
    query = "SELECT count(*) FROM inbox WHERE state = 'pending'"
    while rows(replicas, query) != [str(count)]:
        time.sleep(0.05)


def test_what_arrives_at_two_is_as_with_one(replicas: Replicas, people: SandboxClient) -> None:
    # Each of these updates is delivered twice, once to each.
    people.fault("*", "duplicate_update", 3)
    first = answer_to(people)
    toast, _ = tap(people, first, SAD)
    assert toast.startswith("Got it")
    assert rows(replicas, "SELECT said FROM corrections") == ["sad"]

    album = people.send_photos([photo(number) for number in range(4)])
    wait_for_reply(people, album[0])
    assert len(bot_messages(people, ANNA)) == 2

    # In her own chat and in a group, whose updates different bots may handle.
    asked = [ask_in_group(people, photo(10 + number)) for number in range(5)]
    mine = [people.send_photo(photo(20 + number)) for number in range(5)]
    left = PHOTOS_A_DAY - 1 - len(album)
    people.mark = 0
    answers = [wait_for_reply(people, one) for one in (*asked, *mine)]
    refused = [one for one in answers if "daily limit" in text_of(one)]
    assert len(answers) - len(refused) == left
    wait_until_pending(replicas, 0)
    assert rows(replicas, "SELECT user_id, photos FROM daily_counts") == [f"{ANNA}\t{PHOTOS_A_DAY}"]


def test_forget_at_one_stops_what_the_other_has_in_hand(
    replicas: Replicas, people: SandboxClient
) -> None:
    answer_to(people)
    wait_for_reply(people, ask_in_group(people, photo(1), user=BEN))
    assert replicas.owner_of(ANNA) != replicas.owner_of(GROUP)
    # Downloads take a while: a photo in each chat is in hand when Anna has everything erased.
    people.fault("file", "slow_body", None, bytes_per_second=SLOW)
    mine, asked = people.send_photo(photo(2)), ask_in_group(people, photo(3))
    people.send_text("/forget")
    tap(people, people.wait_for_text("Erase everything"), "Erase everything")
    people.clear_faults()
    people.mark = 0
    for message in (mine, asked):
        assert "reply_markup" not in wait_for_reply(people, message)
    wait_until_pending(replicas, 0)
    assert str(ANNA) not in rows(replicas, "SELECT id FROM users")
    assert str(ANNA) not in rows(replicas, "SELECT user_id FROM photos")


def test_what_a_killed_one_had_in_hand_is_answered_by_the_other(
    replicas: Replicas, people: SandboxClient
) -> None:
    answer = answer_to(people)
    wait_for_reply(people, ask_in_group(people, photo(1), user=BEN))
    tapped = people.press_label(answer, SAD)
    people.wait_for_answer(tapped)
    people.fault("file", "slow_body", None, bytes_per_second=SLOW)
    sent = [people.send_photo(photo(2 + number)) for number in range(3)]
    wait_until_pending(replicas, len(sent))
    owner = replicas.owner_of(ANNA)
    replicas.kill(owner)
    people.clear_faults()
    sent.append(people.send_photo(photo(9)))
    people.mark = 0
    wait_for_answers(people, [one["message_id"] for one in sent])
    assert replicas.owner_of(ANNA) == 1 - owner
    assert rows(replicas, "SELECT id FROM processed_taps") == [tapped]
    # It comes back, and takes part again.
    bot = replicas.sandbox.start_bot(**replicas.settings[owner])
    people.wait_for_answer(people.press_label(answer, "Why?"))
    assert replicas.bots[1 - owner].stop() == 0
    wait_for_reply(people, people.send_photo(photo(10)))
    assert bot.stop() == 0


def test_who_stops_hands_over_what_waits(replicas: Replicas, people: SandboxClient) -> None:
    answer_to(people)
    owner = replicas.owner_of(ANNA)
    people.fault("file", "slow_body", None, bytes_per_second=SLOW)
    sent = [people.send_photo(photo(number)) for number in range(3)]
    wait_until_pending(replicas, len(sent))
    assert replicas.bots[owner].stop() == 0
    people.clear_faults()
    people.mark = 0
    wait_for_answers(people, [one["message_id"] for one in sent])
    assert replicas.owner_of(ANNA) == 1 - owner


def test_one_that_was_suspended_repeats_nothing(replicas: Replicas, people: SandboxClient) -> None:
    answer_to(people)
    owner = replicas.owner_of(ANNA)
    people.fault("file", "slow_body", None, bytes_per_second=SLOW)
    sent = [people.send_photo(photo(number)) for number in range(3)]
    wait_until_pending(replicas, len(sent))
    replicas.bots[owner].signal(signal.SIGSTOP)
    people.clear_faults()
    people.mark = 0
    wait_for_answers(people, [one["message_id"] for one in sent])
    replicas.bots[owner].signal(signal.SIGCONT)
    replicas.bots[owner].wait_for_log("Other replicas took this one for dead")
    wait_for_reply(people, people.send_photo(photo(9)))
    assert len(bot_messages(people, ANNA)) == 1 + len(sent) + 1
