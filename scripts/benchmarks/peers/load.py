"""Sends photos to a bot in the sandbox, a fixed number of them in flight, and times the answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Self

from bot.sandbox.cast import ADMIN_ID, FIRST_EXTRA_ID, GROUP_ID
from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import UNLIMITED
from bot.sandbox.state.sandbox_state import SandboxOptions
from scripts.reliability.sandbox_crowd import Crowd, Json

CHATS = 200
PATIENCE_S = 120.0  # for an answer


@dataclass(frozen=True, slots=True)
class Answers:
    """How some photos were answered.

    Attributes:
        seconds: for each photo, from sending it to its answer.
        elapsed_s: from the first photo to the last answer.
    """

    seconds: list[float]
    elapsed_s: float


def benchmark_server() -> SandboxServer:
    """Return a sandbox without flood limits and with `CHATS` people."""
    return SandboxServer(SandboxOptions(limits=UNLIMITED, extra_users=CHATS))


class Load:
    """Photos for a bot; use `loading`.

    Each is uploaded once, to a group, and from there forwarded to private chats: the sandbox
    recompresses what is uploaded, and that would take time from the bot.

    Args:
        crowd: acts in the sandbox.
    """

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._photos: list[Json] = []
        self._people = cycle(range(FIRST_EXTRA_ID, FIRST_EXTRA_ID + CHATS))
        self._waiting: dict[int, asyncio.Future[float]] = {}  # by chat

    async def upload(self, files: Sequence[Path]) -> Self:
        """Upload the photos, in the order in which they are to be sent."""
        for file in files:
            self._photos += await self._crowd.send_files(
                ADMIN_ID, [file.read_bytes()], chat=GROUP_ID
            )
        return self

    async def send(self, in_flight: int) -> Answers:
        """Send every photo once, each from the next person, and wait for the answers.

        Args:
            in_flight: how many photos are being answered at any time.

        Raises:
            TimeoutError: a photo gets no answer.
        """
        rest = iter(self._photos)
        seconds: list[float] = []

        async def lane() -> None:
            for photo in rest:
                seconds.append(await self._time(photo, next(self._people)))

        start = time.perf_counter()
        async with asyncio.TaskGroup() as lanes:
            for _ in range(in_flight):
                lanes.create_task(lane())
        return Answers(seconds, time.perf_counter() - start)

    async def send_at(self, rate: float) -> Answers:
        """Send every photo once, at regular times, and wait for the answers.

        Args:
            rate: photos a second.

        Raises:
            TimeoutError: a photo gets no answer.
        """
        start = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            timing = []
            for number, photo in enumerate(self._photos):
                await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
                timing.append(tasks.create_task(self._time(photo, next(self._people))))
        return Answers([task.result() for task in timing], time.perf_counter() - start)

    async def one_at_a_time(self) -> AsyncIterator[float]:
        """Send every photo once, and yield after each answer how many seconds it took.

        Raises:
            TimeoutError: a photo gets no answer.
        """
        for photo in self._photos:
            yield await self._time(photo, next(self._people))

    async def _time(self, photo: Json, person: int) -> float:
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[person] = answered
        start = time.perf_counter()
        await self._crowd.forward(person, photo)
        async with asyncio.timeout(PATIENCE_S):
            end = await answered
        return end - start

    async def follow(self) -> None:
        """Note the bot's answers, until cancelled."""
        async for event in self._crowd.events():
            message = event.get("message", {})
            if message.get("from", {}).get("is_bot"):
                waiting = self._waiting.pop(message["chat"]["id"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(time.perf_counter())


@asynccontextmanager
async def loading(server: SandboxServer, files: Sequence[Path]) -> AsyncIterator[Load]:
    """Upload photos to a sandbox, and yield what sends them to its bot."""
    async with Crowd(server) as crowd:
        load = await Load(crowd).upload(files)
        following = asyncio.create_task(load.follow())
        try:
            yield load
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
