"""What happens to replicas of the bot while people use it: one part after the other is killed."""

import asyncio
import itertools
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from scripts.benchmarks.replicas.deployment import Deployment
from scripts.reliability.ledger import Sent

KILLED_REPLICA = "kill -9 of a replica"
RESTARTED_DATABASE = "restart of PostgreSQL"
KILLED_WORKER = "kill -9 of a Ray worker"
KILLED_HEAD = "kill -9 of the Ray head"

# Between an answer and the moment at which the bot has noted that it was sent, there is one
# transaction. A machine that is busy needs longer for it, and to tell this program of the answer.
NOTED_WITHIN_S = 5.0
SEEN_WITHIN_S = 1.0
FELT_FOR_S = 20.0  # after a disturbance, by photos that are sent then


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One that has happened.

    Attributes:
        name: what happened.
        began: when, by `time.monotonic()`.
        ended: when everything ran again.
    """

    name: str
    began: float
    ended: float

    def explains(self, sent: Sent) -> bool:
        """Return whether it fell between the first answer to something and noting that answer."""
        if self.name not in (KILLED_REPLICA, RESTARTED_DATABASE):
            return False  # neither sends answers nor notes them
        away_until = self.ended if self.name == RESTARTED_DATABASE else self.began
        first = sent.answers[0][0]
        return self.began - NOTED_WITHIN_S <= first <= away_until + SEEN_WITHIN_S

    def was_felt_by(self, sent: Sent) -> bool:
        """Return whether something was in hand when it began, or was sent soon afterwards."""
        answered = sent.answers[0][0] if sent.answers else float("inf")
        return sent.at <= self.began + FELT_FOR_S and answered >= self.began


class Disturber:
    """Disturbs a deployment in turn.

    Args:
        running: the deployment.
    """

    def __init__(self, running: Deployment) -> None:
        self._running = running
        self._numbers = itertools.cycle(range(len(running.bots)))
        self.happened: list[Disturbance] = []

    async def run(self, every_s: float, until: float) -> None:
        """Disturb one part in the middle of each period.

        Args:
            every_s: the length of a period, in seconds.
            until: when to end, by `time.monotonic()`.
        """
        next_at = time.monotonic() + every_s / 2
        for name, disturb in itertools.cycle(self._turns()):
            if next_at > until:
                return
            await asyncio.sleep(max(0.0, next_at - time.monotonic()))
            began = time.monotonic()
            await disturb()
            self.happened.append(Disturbance(name, began, time.monotonic()))
            print(f"  {name}, {time.monotonic() - began:.1f} s until it ran again", flush=True)
            next_at += every_s

    def _turns(self) -> Sequence[tuple[str, Callable[[], Awaitable[None]]]]:
        turns = [(KILLED_REPLICA, self._kill_replica), (RESTARTED_DATABASE, self._restart_database)]
        if self._running.ray is not None:
            turns += [(KILLED_WORKER, self._kill_worker), (KILLED_HEAD, self._kill_head)]
        return turns

    async def _kill_replica(self) -> None:
        number = next(self._numbers)
        await self._running.bots[number].end(signal.SIGKILL)
        await self._running.start_again(number)

    async def _restart_database(self) -> None:
        await asyncio.to_thread(self._running.database.restart)

    async def _kill_worker(self) -> None:
        if self._running.ray is not None:
            for worker in self._running.ray.replicas()[:1]:
                with suppress(psutil.NoSuchProcess):
                    worker.kill()

    async def _kill_head(self) -> None:
        if self._running.ray is not None:
            await asyncio.to_thread(self._running.ray.restart)
