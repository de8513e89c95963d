"""Kill the bot again and again while the network and Telegram fail at random.

People send photos, albums and texts, and tap on what they get. At the end the faults stop, and the
bot gets time to catch up. Then every photo must have got a word, every acknowledged correction must
be stored, and nothing may have had its effect twice. An answer that was sent in the instant before
a kill, or whose confirmation was lost, may come twice; these are counted.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bot.keyboards.retraining import START
from bot.sandbox.cast import ADMIN_ID, FIRST_EXTRA_ID
from scripts.reliability.corrections import (
    CORRECTIONS,
    TAPS,
    acknowledged_taps,
    corrected_twice,
)
from scripts.reliability.ledger import Sent
from scripts.reliability.people import People
from scripts.reliability.random_faults import random_fault
from scripts.reliability.report import describe, no_tracebacks, print_times, verdict
from scripts.reliability.sandbox_crowd import buttons
from scripts.reliability.trial import Trial, run, trial

KILL_EVERY_S = 60.0
SIGTERM_SHARE = 0.2  # of the kills
FAULT_EVERY_S = 4.0
CUT_SHARE, CUT_S = 0.05, (2.0, 15.0)  # of the faults, and how long the network is away
THINK_S = (2.0, 10.0)
PATIENCE_S = 30.0
TAPPED = 0.7
KILL_AFTER_START_S = 2.0  # of a retraining
CATCH_UP_S = 90.0  # without any answer


class Chaos:
    """One run.

    Args:
        running: the trial.
        seed: of everything random.
        end: when the faults stop, by `time.monotonic()`.
    """

    def __init__(self, running: Trial, seed: int, end: float) -> None:
        self._running = running
        self._acting = People(running, seed)
        self._rng = self._acting.rng
        self._end = end
        self._restarting = asyncio.Lock()
        self.start = time.monotonic()
        self.faults: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.retrainings = 0

    async def run(self) -> None:
        """Do everything until the end, then let the bot catch up."""
        self._acting.tap_on_answers(TAPPED)
        async with asyncio.TaskGroup() as tasks:
            for user in self._running.people:
                tasks.create_task(self._person(user))
            tasks.create_task(self._add_faults())
            tasks.create_task(self._kill())
            tasks.create_task(self._retrain())
        await self._running.crowd.clear_faults()
        await self._running.crowd.restore_network()
        await self._acting.finish()
        await self._running.wait_for_words(CATCH_UP_S)
        await self._acting.finish()
        self.ends["SIGTERM"] += 1
        await self._running.bot.end(signal.SIGTERM)

    @property
    def _goes_on(self) -> bool:
        return time.monotonic() < self._end

    async def _person(self, user: int) -> None:
        while self._goes_on:
            sent = await self._acting.send_anything(user)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await sent.word.wait()
            except TimeoutError:
                pass  # it must come in the end
            await asyncio.sleep(self._rng.uniform(*THINK_S))

    async def _add_faults(self) -> None:
        while self._goes_on:
            await asyncio.sleep(self._rng.expovariate(1 / FAULT_EVERY_S))
            if self._rng.random() < CUT_SHARE:
                await self._running.crowd.cut_network(self._rng.uniform(*CUT_S))
                self.faults["cut network"] += 1
            else:
                fault = random_fault(self._rng)
                await self._running.crowd.add_fault(**fault)
                self.faults[str(fault["kind"])] += 1

    async def _kill(self) -> None:
        while self._goes_on:
            wait = self._rng.uniform(0, KILL_EVERY_S)
            await asyncio.sleep(wait)
            await self._restart(self._rng.random() < SIGTERM_SHARE)
            await asyncio.sleep(KILL_EVERY_S - wait)

    async def _restart(self, gently: bool = False) -> None:
        number = signal.SIGTERM if gently else signal.SIGKILL
        async with self._restarting:
            await self._running.bot.end(number)
            self._running.bot.start()
        self.ends[number.name] += 1

    async def _retrain(self) -> None:
        """In the middle of the run, start a retraining and kill the bot just then."""
        await asyncio.sleep((self._end - time.monotonic()) / 2)
        for _ in range(5):  # the offer may be lost in a kill
            asked = await self._running.crowd.send_text(ADMIN_ID, "/retrain")
            sent = self._running.ledger.note_message(asked)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await sent.word.wait()
            except TimeoutError:
                continue
            offer = sent.answers[0][1]
            data = [button["callback_data"] for button in buttons(offer)]
            if data and data[0].startswith(START):
                await self._acting.tap(ADMIN_ID, offer, data[0])
                self.retrainings += 1
                await asyncio.sleep(self._rng.uniform(0, KILL_AFTER_START_S))
                await self._restart()
                return

    def report(self) -> bool:
        """Print what happened; return whether all checks passed."""
        running, ledger = self._running, self._running.ledger
        print("  faults:", ", ".join(f"{kind} {n}" for kind, n in sorted(self.faults.items())))
        print("  ends of the process:", ", ".join(f"{name} {n}" for name, n in self.ends.items()))
        print_times(ledger)
        self._print_repeated()
        photos = [sent for sent in ledger.waiting() if sent.photos]
        acknowledged = acknowledged_taps(ledger)
        lost = acknowledged - {row[0] for row in running.bot.rows(TAPS)}
        twice = corrected_twice(running.bot.rows(CORRECTIONS))
        runs = running.bot.rows(RUNS)
        damage = [row[0] for row in running.bot.rows("PRAGMA integrity_check") if row[0] != "ok"]
        return all(
            [
                verdict("photos without a word", not photos, describe(photos, self.start)),
                verdict("acknowledged corrections", not lost,
                        f"{len(acknowledged)}, of which not stored: {sorted(lost)[:5]}"),
                verdict("faces with a correction stored twice", not twice, str(twice[:5])),
                verdict("retrainings", len(runs) <= self.retrainings,
                        f"{self.retrainings} ordered, begun: {runs}"),
                verdict("database", not damage, "; ".join(damage) or "whole"),
                no_tracebacks(running),
            ]
        )  # fmt: skip

    def _print_repeated(self) -> None:
        starts = self._running.bot.starts
        repeated = self._running.ledger.repeated()
        across = [sent for sent in repeated if _spans(sent, starts)]
        print(
            f"  answered twice: {len(repeated)}, {len(across)} of them with a restart in between; "
            f"messages that answer nothing: {len(self._running.ledger.unasked)}"
        )


RUNS = "SELECT started_at, state FROM runs WHERE started_by IS NOT NULL"


def _spans(sent: Sent, starts: Sequence[float]) -> bool:
    first, last = sent.answers[0][0], sent.answers[-1][0]
    return any(first < start < last for start in starts)


async def _chaos(people: int, minutes: float, seed: int, log: Path | None) -> bool:
    ids = range(FIRST_EXTRA_ID, FIRST_EXTRA_ID + people)
    # Whose corrections count at once, so that there is something to learn from.
    async with trial(people, BOT_TRUSTED=",".join(map(str, ids))) as running:
        print(f"chaos: {people} people, {minutes:g} min, seed {seed}", flush=True)
        chaos = Chaos(running, seed, time.monotonic() + 60 * minutes)
        await chaos.run()
        if log:
            log.write_text(running.bot.log, encoding="utf-8")  # noqa: ASYNC240 - nothing else runs
        return chaos.report()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a check failed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.chaos", description=__doc__
    )
    parser.add_argument("--people", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--minutes", type=float, default=30, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--log", type=Path, help="file for what the bot has logged")
    options = parser.parse_args(arguments)
    return run(_chaos(options.people, options.minutes, options.seed, options.log))


if __name__ == "__main__":
    sys.exit(main())
