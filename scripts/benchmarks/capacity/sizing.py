"""How many replicas a number of photos a second needs, computed from measured service times."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scripts.benchmarks.capacity.queueing import Seconds, Station
from scripts.benchmarks.capacity.service_times import ServiceTimes
from scripts.benchmarks.capacity.simulation import arrivals, departures

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
MESSAGES_PER_S = 30
MAX_WORKERS = 4  # a replica; see `BOT_WORKERS`
PHOTOS = 20_000  # that are drawn or simulated
SEED = 1


@dataclass(frozen=True, slots=True)
class Deployment:
    """A bot with several replicas on one database, which share its photos evenly.

    Attributes:
        times: what one photo takes.
        rate: photos a second of the whole bot.
        replicas: processes of the bot.
        workers: of each replica.
    """

    times: ServiceTimes
    rate: float
    replicas: int
    workers: int

    @property
    def cores(self) -> int:
        """Cores that the replicas can use: one each for the event loop, and one for each worker."""
        return self.replicas * (1 + self.workers)

    @property
    def loop(self) -> Station:
        return Station(self.times.loop, 1, self.rate / self.replicas)

    @property
    def pool(self) -> Station:
        return Station(self.times.workers, self.workers, self.rate / self.replicas)

    @property
    def lock(self) -> Station:
        return Station(self.times.lock, 1, self.rate * self.times.transactions)

    @property
    def is_overloaded(self) -> bool:
        return any(station.utilization >= 1 for station in (self.loop, self.pool, self.lock))

    def computed_p95_s(self) -> float:
        """Return the 95th percentile of the seconds for a photo; infinite if overloaded."""
        if self.is_overloaded:
            return math.inf
        rng = np.random.default_rng(SEED)
        times = self.loop.draw(PHOTOS, rng) + self.pool.draw(PHOTOS, rng)
        for _ in range(round(self.times.transactions)):
            times += self.lock.draw(PHOTOS, rng)
        return float(np.quantile(times, 0.95))

    def simulated_p95_s(self) -> float:
        """Return the same from photos that are followed through the queues one by one."""
        rng = np.random.default_rng(SEED)
        came = arrivals(self.rate, PHOTOS, rng)
        left = came
        replica = rng.integers(self.replicas, size=PHOTOS)
        for seconds, servers in ((self.times.loop, 1), (self.times.workers, self.workers)):
            left = _through_replicas(left, rng.choice(seconds, PHOTOS), replica, servers)
        # The transactions of a photo follow each other; here, they are one longer one.
        count = round(self.times.transactions)
        held = rng.choice(self.times.lock, (count, PHOTOS)).sum(axis=0)
        return float(np.quantile(departures(left, held, 1) - came, 0.95))


def _through_replicas(
    arrived: Seconds, service: Seconds, replica: np.ndarray, servers: int
) -> Seconds:
    left = np.empty_like(arrived)
    for number in range(replica.max() + 1):
        own = replica == number
        left[own] = departures(arrived[own], service[own], servers)
    return left


def smallest(times: ServiceTimes, rate: float, target_s: float) -> Deployment | None:
    """Return the deployment with the fewest cores whose p95 meets a target.

    Args:
        times: what one photo takes.
        rate: photos a second.
        target_s: for the computed 95th percentile, in seconds.

    Returns:
        None if no number of replicas is enough, because the database's lock is not.
    """
    fitting = [
        found
        for workers in range(1, MAX_WORKERS + 1)
        if (found := _with_workers(times, rate, target_s, workers)) is not None
    ]
    return min(fitting, key=lambda one: (one.cores, one.replicas), default=None)


def _with_workers(
    times: ServiceTimes, rate: float, target_s: float, workers: int
) -> Deployment | None:
    unlimited = Deployment(times, rate, math.ceil(1000 * rate), workers)
    if unlimited.computed_p95_s() > target_s:
        return None
    too_few, enough = 0, unlimited.replicas
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if Deployment(times, rate, middle, workers).computed_p95_s() <= target_s:
            enough = middle
        else:
            too_few = middle
    return Deployment(times, rate, enough, workers)


def bots_for(rate: float) -> int:
    """Return how many bots send so many messages a second within Telegram's free limit."""
    return math.ceil(rate / MESSAGES_PER_S)


def highest_rate(times: ServiceTimes) -> float:
    """Return from how many photos a second on the lock of one database is always held."""
    return 1 / (times.transactions * float(np.mean(times.lock)))


def table(times: ServiceTimes, rates: Sequence[float], targets_s: Sequence[float]) -> str:
    """Return what each rate needs, as a table in Markdown.

    Each bot has its share of the photos, and its own replicas and database.
    """
    lines = [
        "| photos/s | bots | p95 at most, s | replicas | workers each | cores | p95, s "
        "| simulated, s | event loops busy, % | workers busy, % | lock busy, % | connections "
        "| database, cores |",
        "| ---: |" + " ---: |" * 12,
    ]
    for rate in rates:
        for bots in sorted({1, bots_for(rate)}):
            lines += [_row(times, rate, bots, target) for target in targets_s]
    return "\n".join(lines)


def _row(times: ServiceTimes, rate: float, bots: int, target_s: float) -> str:
    head = f"| {rate:,g} | {bots} | {target_s:g} |"
    found = smallest(times, rate / bots, target_s)
    if found is None:
        lock = Deployment(times, rate / bots, 1, 1).lock
        return f"{head} none | | | | | | | {100 * lock.utilization:.0f} | | |"
    return (
        f"{head} {bots * found.replicas} | {found.workers} | {bots * found.cores} "
        f"| {found.computed_p95_s():.2f} | {found.simulated_p95_s():.2f} "
        f"| {100 * found.loop.utilization:.0f} | {100 * found.pool.utilization:.0f} "
        f"| {100 * found.lock.utilization:.0f} | {bots * found.replicas * times.connections} "
        f"| {rate * times.database_cpu_s:.1f} |"
    )
