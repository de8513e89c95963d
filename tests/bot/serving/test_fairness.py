"""Ten polite people and a flood of photos, on a simulated clock."""

import asyncio
import random
import statistics

import pytest

from bot.serving.fair_places import FairPlaces
from bot.serving.worker_shares import WorkerShares
from tests.support.virtual_time import VirtualTimeLoop

POLITE, PAUSE_S, DURATION_S = range(10), 5.0, 120.0
# What photos from Telegram take on one core; see docs/decisions/fair-turns.md.
PHOTO_S = [0.07] * 15 + [0.15] * 3 + [0.22, 0.3]


class Workers:
    """The workers of a bot, whose work takes simulated time.

    Args:
        count: how many there are.
    """

    def __init__(self, count: int) -> None:
        self._shares = WorkerShares(count)
        self._turns = FairPlaces(count, self._shares.may_hold)

    async def judge(self, person: int, seconds: float) -> None:
        """Wait for a turn, and work for some seconds."""
        async with self._turns.hold(person):
            await asyncio.sleep(seconds)
            self._shares.record(person, seconds)


async def waits(workers: Workers, flooders: int, flood_photo_s: float) -> list[float]:
    """Return how long each photo of the polite people took from its arrival."""
    clock = asyncio.get_running_loop().time
    took: list[float] = []

    async def send_now_and_then(person: int) -> None:
        seeded = random.Random(person)
        while clock() < DURATION_S:
            await asyncio.sleep(seeded.expovariate(1 / PAUSE_S))
            arrived = clock()
            await workers.judge(person, seeded.choice(PHOTO_S))
            took.append(clock() - arrived)

    async def flood(person: int) -> None:
        await asyncio.sleep(20)
        while True:
            await asyncio.gather(*(workers.judge(person, flood_photo_s) for _ in range(80)))

    floods = [asyncio.create_task(flood(-1 - number)) for number in range(flooders)]
    await asyncio.gather(*(send_now_and_then(person) for person in POLITE))
    for task in floods:
        task.cancel()
    await asyncio.gather(*floods, return_exceptions=True)
    return took


def p95(workers: int, flooders: int, flood_photo_s: float) -> float:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        took = runner.run(waits(Workers(workers), flooders, flood_photo_s))
    return statistics.quantiles(took, n=20)[-1]


@pytest.mark.parametrize(
    ("workers", "flooders", "flood_photo_s"),
    [(2, 1, 0.07), (2, 1, 0.45), (2, 1, 1.3), (2, 2, 1.3), (2, 3, 4.0), (4, 1, 1.3), (4, 3, 1.3)],
)
def test_a_flood_makes_others_wait_at_most_twice_as_long(
    workers: int, flooders: int, flood_photo_s: float
) -> None:
    quiet = p95(workers, 0, 0)
    assert p95(workers, flooders, flood_photo_s) < 2 * quiet
