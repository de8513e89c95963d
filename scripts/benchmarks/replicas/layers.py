"""What each layer costs: the same few photos a second through one deployment after the other."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bot.sandbox.server import SandboxServer
from scripts.benchmarks.capacity.measurement import tree_cpu_s
from scripts.benchmarks.peers.load import benchmark_server, loading
from scripts.benchmarks.replicas.deployment import deployment
from scripts.benchmarks.running_bot import running_bot

WARM_UP_IN_FLIGHT = 4
RATE = 2.0  # photos a second


@dataclass(frozen=True, slots=True)
class Figures:
    """How a deployment answered.

    Attributes:
        p50_ms: of the answer times, in milliseconds.
        p95_ms: likewise.
        bots_ms: processor time of all replicas a photo, with their processes for Ray.
        database_ms: that of the database server.
        ray_ms: that of the Ray cluster.
    """

    p50_ms: float
    p95_ms: float
    bots_ms: float
    database_ms: float
    ray_ms: float


def compare(photos: Sequence[Path], replicas: Sequence[int], ray_replicas: Sequence[int]) -> str:
    """Measure one deployment after the other; return a table in Markdown.

    Args:
        photos: what is sent.
        replicas: of the bot, a deployment for each number.
        ray_replicas: of a Ray cluster for one bot, a deployment for each number.
    """
    lines = [
        f"| {RATE:g} photos/s | p50, ms | p95, ms | bots, CPU ms a photo | PostgreSQL, CPU ms "
        "| Ray, CPU ms |",
        "| --- |" + " ---: |" * 5,
        _row("threads, SQLite, polling", asyncio.run(_one_bot(photos))),
    ]
    for number in replicas:
        figures = asyncio.run(_deployed(photos, number, 0))
        lines.append(_row(f"PostgreSQL, webhook, {_count(number, 'replica')}", figures))
    for number in ray_replicas:
        figures = asyncio.run(_deployed(photos, 1, number))
        lines.append(_row(f"the same, 1 replica, {_count(number, 'Ray replica')}", figures))
    return "\n".join(lines)


async def _one_bot(photos: Sequence[Path]) -> Figures:
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="benchmark-replicas-"))
        server = stack.enter_context(benchmark_server())
        pid = stack.enter_context(running_bot(server, Path(folder)))
        return await _measure(server, photos, [pid], None, None)


async def _deployed(photos: Sequence[Path], replicas: int, ray_replicas: int) -> Figures:
    with benchmark_server() as server:
        async with deployment(server, replicas, ray_replicas) as running:
            bots = [bot.pid for bot in running.bots]
            ray = running.ray.pid if running.ray is not None else None
            return await _measure(server, photos, bots, running.database.pid, ray)


async def _measure(
    server: SandboxServer,
    photos: Sequence[Path],
    bots: Sequence[int],
    database: int | None,
    ray: int | None,
) -> Figures:
    async with loading(server, photos) as load:
        await load.send(WARM_UP_IN_FLIGHT)
        before = _cpu_s(bots), _cpu_s([database]), _cpu_s([ray])
        answers = await load.send_at(RATE)
        after = _cpu_s(bots), _cpu_s([database]), _cpu_s([ray])
    p50, p95 = 1000 * np.percentile(answers.seconds, [50, 95])
    spent = [1000 * (end - start) / len(photos) for start, end in zip(before, after, strict=True)]
    return Figures(float(p50), float(p95), *spent)


def _cpu_s(pids: Sequence[int | None]) -> float:
    return sum(tree_cpu_s(pid) for pid in pids if pid is not None)


def _row(name: str, figures: Figures) -> str:
    ray = f"{figures.ray_ms:.0f}" if figures.ray_ms else ""
    database = f"{figures.database_ms:.0f}" if figures.database_ms else ""
    return (
        f"| {name} | {figures.p50_ms:.0f} | {figures.p95_ms:.0f} | {figures.bots_ms:.0f} "
        f"| {database} | {ray} |"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
