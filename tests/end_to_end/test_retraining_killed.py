"""A retraining, or the bot that started it, is killed at a random moment.

The suite does so a few times; `RETRAIN_KILLS=50 pytest tests/end_to_end/test_retraining_killed.py`
does so more often.
"""

import os
import random
import re
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from model.registry.file_lock import wait_for_lock
from model.registry.registry import Registry
from tests.support.bot_process import BotProcess
from tests.support.sandbox_client import ALEX
from tests.support.stubbed_retraining import TIMEOUT_S, StubbedRetraining

KILLS = int(os.environ.get("RETRAIN_KILLS", "3"))
MAX_RUN_S = 4.0  # from the start of a retraining to its end, on a machine that is not busy

NO_LIMITS = {"BOT_PHOTOS_A_DAY": "1000", "BOT_CORRECTIONS_A_DAY": "1000"}
ENDED = {"promoted", "kept", "interrupted", "failed", "stopped"}

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(120 + 60 * KILLS),
    pytest.mark.skipif(
        not hasattr(os, "pidfd_open"), reason="waits for another program's process: Linux only"
    ),
]


def kill_bot(bot: BotProcess) -> None:
    bot.signal(signal.SIGKILL)


def kill_trainer(bot: BotProcess) -> None:
    for process in re.findall(r"Retraining started, process (\d+)", bot.log)[-1:]:
        with suppress(ProcessLookupError):  # it has ended already
            os.kill(int(process), signal.SIGKILL)


def kill_both(bot: BotProcess) -> None:
    kill_bot(bot)
    kill_trainer(bot)


def wait_for_trainers(*bots: BotProcess) -> None:
    """Wait until every trainer of these bots has ended, even one that had not begun its run."""
    for process in re.findall(r"Retraining started, process (\d+)", "".join(b.log for b in bots)):
        with suppress(ProcessLookupError):  # it has ended already
            trainer = os.pidfd_open(int(process))
            ended, _, _ = select.select([trainer], [], [], TIMEOUT_S)
            os.close(trainer)
            assert ended, f"process {process} goes on"


def wait_until_nothing_retrains(registry: Registry) -> None:
    """Wait for the end of a retraining that outlived its bot."""
    with wait_for_lock(registry.retrain_lock):
        return


def wait_for_ends(retraining: StubbedRetraining) -> None:
    """Wait until every run that has begun has ended."""
    deadline = time.monotonic() + TIMEOUT_S
    while not set(retraining.run_states()) <= ENDED:
        assert time.monotonic() < deadline, retraining.run_states()
        time.sleep(0.05)


def test_the_registry_is_whole_after_random_kills(
    retraining: StubbedRetraining,
) -> None:
    registry = Registry(retraining.sandbox.folder / "data" / "models")
    rng = random.Random(1)
    kills: list[Callable[[BotProcess], None]] = [kill_bot, kill_trainer, kill_both]
    for number in range(KILLS):
        bot = retraining.start_bot(**NO_LIMITS)
        retraining.send_and_correct(number)
        retraining.people.send_text("/retrain", ALEX)
        question = retraining.people.wait_for_text("to learn from", chat=ALEX)
        retraining.people.press_label(question, "Start", ALEX)
        time.sleep(rng.uniform(0, MAX_RUN_S))  # the moment is what is tried, nothing is awaited
        kill = kills[number % len(kills)]
        kill(bot)
        if kill is kill_trainer:
            wait_for_ends(retraining)  # which the bot sees to at once
        kill_bot(bot)
        bot.wait()
        wait_until_nothing_retrains(registry)
        retraining.people.set_mark()
        again = retraining.start_bot(**NO_LIMITS)
        retraining.send_and_correct(1000 + number)
        wait_for_trainers(bot, again)
        wait_for_ends(retraining)
        wait_until_nothing_retrains(registry)
        assert registry.verify() == []
        assert retraining.version_of_last_answer() in [
            version.name for version in registry.fallback_order()
        ]
        assert "Traceback" not in bot.log + again.log
        kill_bot(again)
        again.wait()
