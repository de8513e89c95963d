import argparse
import asyncio
import subprocess
import sys
from dataclasses import replace

import pytest

from scripts.benchmarks.replicas.__main__ import seconds
from scripts.benchmarks.replicas.chaos import table, unexplained
from scripts.benchmarks.replicas.disturbances import KILLED_REPLICA, KILLED_WORKER, Disturbance
from scripts.reliability.ledger import Ledger, Sent
from scripts.reliability.postgres_server import PostgresServer

BUTTONS = {"inline_keyboard": [[{"text": "Right", "callback_data": "v1:1:0:r"}]]}


def photo(sent_at: float, *answered_at: float) -> Sent:
    answers = [(at, {"message_id": 9, "reply_markup": BUTTONS}) for at in answered_at]
    return Sent("photo", 5, sent_at, photos=1, answers=answers, word=asyncio.Event())


def ledger_of(*sent: Sent) -> Ledger:
    ledger = Ledger()
    ledger.sent = list(sent)
    return ledger


KILL = Disturbance(KILLED_REPLICA, began=100.0, ended=103.0)


@pytest.mark.parametrize(("first", "is_explained"), [(99.0, True), (102.5, False), (80.0, False)])
def test_an_answer_may_come_twice_only_if_a_kill_followed_it_at_once(
    first: float, is_explained: bool
) -> None:
    twice = photo(first - 1, first, 120.0)
    assert unexplained(ledger_of(twice), [KILL]) == ([] if is_explained else [twice])


def test_a_dead_ray_worker_is_no_reason_to_answer_twice() -> None:
    twice = photo(99.0, 99.5, 120.0)
    assert unexplained(ledger_of(twice), [replace(KILL, name=KILLED_WORKER)]) == [twice]


def test_an_answer_that_comes_twice_without_any_kill_is_unexplained() -> None:
    twice = photo(1.0, 2.0, 3.0)
    assert unexplained(ledger_of(twice, photo(5.0, 6.0)), []) == [twice]


def test_the_table_shows_who_waited_for_whom() -> None:
    waiting, later = photo(99.0, 117.0), photo(130.0, 131.0)
    row = table(ledger_of(waiting, later, photo(99.5, 99.7, 118.0)), [KILL]).splitlines()[-1]
    assert row == "| kill -9 of a replica | 1 | 1 | 18.0 | 1 |"


@pytest.mark.parametrize(("text", "expected"), [("90s", 90.0), ("15m", 900.0), ("1h", 3600.0)])
def test_a_time_has_a_unit(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["15", "m", "1.5m", "-3m"])
def test_another_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="90s, 15m or 1h"):
        seconds(text)


@pytest.mark.long
@pytest.mark.process
@pytest.mark.timeout(400)
def test_nothing_is_lost_when_a_replica_is_killed(
    postgres_server: PostgresServer, capfd: pytest.CaptureFixture[str]
) -> None:
    del postgres_server  # skips this test where there is none
    command = [sys.executable, "-m", "scripts.benchmarks.replicas", "--no-ray", "--chaos", "40s"]
    status = subprocess.run(command, check=False).returncode
    printed = capfd.readouterr().out
    assert status == 0, printed
    assert f"| {KILLED_REPLICA} | 1 |" in printed
