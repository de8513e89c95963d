"""Whole bots in the sandbox: how fast they answer, and what they take for it."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from bot.sandbox.cast import ADMIN_ID
from bot.sandbox.server import SandboxServer
from scripts.benchmarks.peers.load import Answers, benchmark_server, loading
from scripts.reliability.bot_process import REPOSITORY

IN_FLIGHT = 8
START_S = 120.0
OURS = "this bot"
HAAR = "fer with Haar"
MTCNN = "mtcnn and Keras"
_EVERYDAY = {HAAR: "haar_bot", MTCNN: "mtcnn_bot"}


@dataclass(frozen=True, slots=True)
class BotFigures:
    """What one run of a bot showed.

    Attributes:
        start_s: seconds from the start of the process to the first request for updates.
        p50_ms: median time of an answer, with one photo in flight.
        p95_ms: 95th percentile of the same.
        cpu_ms: processor time a photo, of all its processes.
        resident_mb: memory of all its processes after that.
        busy_per_s: photos a second with eight in flight.
        busy_cpu_ms: processor time a photo, then.
        busy_resident_mb: memory after that.
    """

    start_s: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    resident_mb: float
    busy_per_s: float
    busy_cpu_ms: float
    busy_resident_mb: float

    def as_row(self) -> dict[str, float]:
        return asdict(self)


def measure(
    name: str, python: Path, photos: Sequence[Path], pinned: bool, photos_in_flight: int = IN_FLIGHT
) -> BotFigures:
    """Start a bot, have it answer all photos one at a time and then several at a time, and stop it.

    Args:
        name: `OURS`, `HAAR` or `MTCNN`.
        python: of the everyday bots' environment.
        photos: picture files.
        pinned: whether the bot has the first core alone, and the sandbox and the rest of this
            program the second one.
        photos_in_flight: how many are in flight in the second part.
    """
    with (
        TemporaryDirectory(prefix="benchmark-peers-") as folder,
        pinning(pinned),
        benchmark_server() as server,
        _running(name, python, server, Path(folder)) as bot,
    ):
        start_s = time.monotonic() - bot.started
        one, several = asyncio.run(_load(server, bot, photos, photos_in_flight))
    p50, p95 = 1000 * np.percentile(one.answers.seconds, [50, 95])
    return BotFigures(
        start_s=start_s,
        p50_ms=float(p50),
        p95_ms=float(p95),
        cpu_ms=one.cpu_ms,
        resident_mb=one.resident_mb,
        busy_per_s=len(photos) / several.answers.elapsed_s,
        busy_cpu_ms=several.cpu_ms,
        busy_resident_mb=several.resident_mb,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    answers: Answers
    cpu_ms: float
    resident_mb: float


class _Bot:
    """A running bot with all its processes."""

    def __init__(self, process: "subprocess.Popen[bytes]", started: float) -> None:
        self.started = started
        self._process = psutil.Process(process.pid)

    def cpu_s(self) -> float:
        """Return the processor time of its processes, ended ones included."""
        times = [one.cpu_times() for one in self._running()]
        return float(
            sum(one.user + one.system + one.children_user + one.children_system for one in times)
        )

    def resident_mb(self) -> float:
        return float(sum(one.memory_info().rss for one in self._running())) / 1e6

    def _running(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]


async def _load(
    server: SandboxServer, bot: _Bot, photos: Sequence[Path], in_flight: int
) -> tuple[_Part, _Part]:
    async with loading(server, photos[: 2 * in_flight]) as warming:
        await warming.send(in_flight)
    async with loading(server, photos) as load:
        parts = []
        for number in (1, in_flight):
            before = bot.cpu_s()
            answers = await load.send(number)
            cpu_ms = 1000 * (bot.cpu_s() - before) / len(photos)
            parts.append(_Part(answers, cpu_ms, bot.resident_mb()))
    return parts[0], parts[1]


@contextmanager
def pinning(pinned: bool) -> Iterator[None]:
    """Keep this thread, and what it starts, to the second core while the block runs."""
    cores = os.sched_getaffinity(0)
    if pinned:
        os.sched_setaffinity(0, {sorted(cores)[1]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@contextmanager
def _running(name: str, python: Path, server: SandboxServer, folder: Path) -> Iterator[_Bot]:
    """Run a bot until the end of the block; it polls when the block begins."""
    if name == OURS:
        command = [sys.executable, "-m", "bot"]
    else:
        script = REPOSITORY / "scripts/benchmarks/everyday_bots" / f"{_EVERYDAY[name]}.py"
        command = [str(python), str(script)]
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY) if name == OURS else "",
        "NO_PROXY": "127.0.0.1",
        "TELEGRAM_BOT_TOKEN": server.token,
        "TELEGRAM_API_URL": server.url,
        "BOT_ADMINS": str(ADMIN_ID),
    }
    log = folder / "log"
    with log.open("wb") as output, _first_core():
        started = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - a command of this module
            command, cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        server.bot_ready().result(START_S)
        yield _Bot(process, started)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _first_core() -> Iterator[None]:
    """Keep what is started in the block to the first core, if this thread is kept to another."""
    own = os.sched_getaffinity(0)
    if len(own) == 1 and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {0})
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)
