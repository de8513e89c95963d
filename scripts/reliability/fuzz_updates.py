"""Send the bot updates that are odd or broken, made from Telegram's published types.

A polite person writes in between and must be answered in time. The bot must neither end nor hang,
nor fill its log, nor write into it what people wrote.

The types come from a package that is not part of this repository:

    npm pack @grammyjs/types && tar xzf grammyjs-types-*.tgz
    python -m scripts.reliability.fuzz_updates --types package
"""

import argparse
import asyncio
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bot.sandbox.state.flood_limits import UNLIMITED
from scripts.reliability.people import People
from scripts.reliability.report import describe, no_tracebacks, percentiles, verdict
from scripts.reliability.trial import Trial, run, trial
from scripts.reliability.updates.random_updates import MARK, RandomUpdates
from scripts.reliability.updates.telegram_types import Type, read_types

PEOPLE = 100  # whose updates are odd
BATCH = 50  # updates between two messages of the polite person
MAX_PENDING = 200
IN_TIME_S = 20.0
HANG_S = 60.0
LOOK_S = 0.1
_TIME = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ ")
_VARIABLE = re.compile(r"""'[^']*'|"[^"]*"|\d+""")


async def fuzz(types: dict[str, Type], updates: int, seed: int) -> bool:
    """Send `updates` odd updates; return whether all checks passed."""
    async with trial(PEOPLE + 1, UNLIMITED) as running:
        print(f"fuzz: {updates} updates, seed {seed}", flush=True)
        polite, *people = running.people
        random_updates = RandomUpdates(types, people, random.Random(seed))
        acting, start = People(running, seed), time.monotonic()
        # Otherwise the bot may not answer them.
        await asyncio.gather(*(acting.send_text(user) for user in people))
        sent = 0
        while sent < updates and running.bot.runs:
            batch = [random_updates.next() for _ in range(min(BATCH, updates - sent))]
            await asyncio.gather(*(running.crowd.add_update(update) for update in batch))
            sent += len(batch)
            if not await _polite_message_is_answered(acting, polite, text=bool(sent // BATCH % 2)):
                break
            if not await _taken(running):
                break
        return _report(running, polite, sent, start)


async def _polite_message_is_answered(acting: People, user: int, text: bool) -> bool:
    sent = await (acting.send_text(user) if text else acting.send_photos(user, 1))
    try:
        async with asyncio.timeout(HANG_S):
            await sent.word.wait()
    except TimeoutError:
        return False
    return True


async def _taken(running: Trial) -> bool:
    """Wait until the bot has taken most updates; return False if it takes none any more."""
    deadline, least = time.monotonic() + HANG_S, MAX_PENDING
    while (pending := await running.crowd.pending_updates()) > MAX_PENDING:
        if pending < least or least == MAX_PENDING:
            deadline, least = time.monotonic() + HANG_S, pending
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_S)
    return True


def _report(running: Trial, polite: int, sent: int, start: float) -> bool:
    minutes = (time.monotonic() - start) / 60
    mine = [one for one in running.ledger.sent if one.user == polite]
    late = [one for one in mine if one.seconds is None or one.seconds > IN_TIME_S]
    times = ", ".join(f"{seconds:.2f} s" for seconds in percentiles(mine))
    print(f"  {sent} updates in {minutes:.1f} min; {len(mine)} polite messages, "
          f"p50, p95, p99 of their answers: {times}")  # fmt: skip
    lines = running.bot.log.splitlines()
    kinds = Counter(_kind_of_line(line) for line in lines if _TIME.match(line))
    often = [(kind, number) for kind, number in kinds.most_common() if number > minutes + 1]
    floods = [f"{number} of {kind!r}" for kind, number in often]
    marked = [line for line in lines if MARK in line]
    return all(
        [
            verdict("the bot runs", running.bot.runs, "one process" if running.bot.runs else "no"),
            verdict("polite messages not answered in time", not late, describe(late, start)),
            verdict("kinds of log lines more often than once a minute", not floods,
                    "\n       ".join([str(len(floods)), *floods[:10]])),
            verdict("log lines with what people wrote", not marked,
                    "\n       ".join([str(len(marked)), *marked[:5]])),
            no_tracebacks(running),
        ]
    )  # fmt: skip


def _kind_of_line(line: str) -> str:
    return _VARIABLE.sub("…", _TIME.sub("", line))[:160]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a check failed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.fuzz_updates",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--types",
        type=Path,
        required=True,
        help="the unpacked npm package @grammyjs/types",
    )
    parser.add_argument("--updates", type=int, default=20_000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    options = parser.parse_args(arguments)
    try:
        types = read_types(options.types)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return run(fuzz(types, options.updates, options.seed))


if __name__ == "__main__":
    sys.exit(main())
