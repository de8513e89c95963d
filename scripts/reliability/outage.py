"""Take the network away while the bot has photos in hand; all must be answered afterwards."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from scripts.reliability.people import People
from scripts.reliability.report import describe, no_tracebacks, verdict
from scripts.reliability.trial import run, trial

PATIENCE_S = 120.0


async def outage(photos: int, minutes: float, seed: int) -> bool:
    """Let as many people as photos send one each, then cut the network.

    Returns:
        Whether all checks passed.
    """
    async with trial(photos) as running:
        print(f"outage: {photos} photos, network away for {minutes:g} min, seed {seed}", flush=True)
        acting, start = People(running, seed), time.monotonic()
        await asyncio.gather(*(acting.send_photos(user, 1) for user in running.people))
        await running.wait_until_taken()
        before = photos - len(running.ledger.waiting())
        await running.crowd.cut_network()
        print(f"  {before} were answered before, {photos - before} in hand", flush=True)
        await asyncio.sleep(60 * minutes)
        meanwhile = photos - len(running.ledger.waiting()) - before
        await running.crowd.restore_network()
        restored = time.monotonic()
        await running.wait_for_words(PATIENCE_S)
        silent, repeated = running.ledger.waiting(), running.ledger.repeated()
        last = max((at for one in running.ledger.sent for at, _ in one.answers), default=restored)
        print(f"  {meanwhile} answers got through while it was cut; "
              f"the last one came {last - restored:.1f} s after the network")  # fmt: skip
        return all(
            [
                verdict("photos without a word", not silent, describe(silent, start)),
                verdict("answered twice", not repeated, describe(repeated, start)),
                verdict("the bot runs", running.bot.runs, "yes" if running.bot.runs else "no"),
                no_tracebacks(running),
            ]
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a check failed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.outage", description=__doc__
    )
    parser.add_argument("--photos", type=int, default=50, help="default: %(default)s")
    parser.add_argument("--minutes", type=float, default=10, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    options = parser.parse_args(arguments)
    return run(outage(options.photos, options.minutes, options.seed))


if __name__ == "__main__":
    sys.exit(main())
