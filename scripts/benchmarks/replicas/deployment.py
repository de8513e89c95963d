"""Replicas of the bot in the sandbox, on one database, behind a proxy, perhaps with Ray."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.sandbox.server import SandboxServer
from scripts.reliability.bot_process import REPOSITORY
from scripts.reliability.postgres_server import PostgresServer, running_server
from scripts.reliability.ray_cluster import RayCluster
from scripts.reliability.reverse_proxy import ReverseProxy
from scripts.reliability.trial import NO_QUOTA, Bot

# Made by `make test-ray`; Ray may also be in the environment that runs this.
_RAY_ENVIRONMENT = REPOSITORY / ".venv-ray/bin/python"
ON_RAY = "Photos are judged on the Ray cluster"
ON_RAY_S = 180.0
NO_RAY = "Ray is not installed: make test-ray makes .venv-ray"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What runs.

    Attributes:
        database: the server.
        name: of the database on it.
        bots: the replicas, each with a data folder of its own.
        ray: the cluster that judges the photos; None if the replicas do.
    """

    database: PostgresServer
    name: str
    bots: list[Bot]
    ray: RayCluster | None

    @property
    def log(self) -> str:
        """What all replicas have logged."""
        return "".join(bot.log for bot in self.bots)

    def rows(self, sql: str) -> list[list[str]]:
        """Return rows of the bot's database, as text."""
        return [line.split("\t") for line in self.database.sql(self.name, sql).splitlines()]

    async def start_again(self, number: int) -> None:
        """Start a replica that has ended, and wait until it is ready."""
        self.bots[number].start()
        await self.bots[number].wait_until_ready()

    async def stop(self) -> list[int]:
        """Stop the replicas one after the other as an operator does; return exit statuses."""
        return [await bot.end(signal.SIGTERM) for bot in self.bots]


def ray_python() -> str | None:
    """Return the Python of the environment that has Ray; None if there is none."""
    for python in (Path(sys.executable), _RAY_ENVIRONMENT):
        if python.with_name("ray").exists():
            return str(python)
    return None


@asynccontextmanager
async def deployment(
    server: SandboxServer, replicas: int, ray_replicas: int = 0
) -> AsyncIterator[Deployment]:
    """Start everything, and end it afterwards.

    Args:
        server: the sandbox.
        replicas: how many replicas of the bot.
        ray_replicas: how many of the cluster; 0 for none.

    Raises:
        FileNotFoundError: PostgreSQL is not installed, or Ray where it is wanted.
    """
    ports = _free_ports(replicas)
    with (
        TemporaryDirectory(prefix="benchmark-replicas-") as name,
        running_server() as database,
        database.database() as database_name,
        ReverseProxy([f"http://127.0.0.1:{port}" for port in ports]) as proxy,
    ):
        folder = Path(name)
        ray = await _started_ray(folder / "models", ray_replicas) if ray_replicas else None
        bots = [
            _bot(server, folder / str(number), ray, {
                "BOT_DATABASE_URL": database.url(database_name),
                "BOT_WEBHOOK_URL": proxy.url,
                "BOT_WEBHOOK_LISTEN": f"127.0.0.1:{port}",
            })
            for number, port in enumerate(ports)
        ]  # fmt: skip
        try:
            for bot in bots:
                bot.start()
                await bot.wait_until_ready()
                if ray is not None:
                    await bot.wait_for_log(ON_RAY, ON_RAY_S)
            yield Deployment(database, database_name, bots, ray)
        finally:
            for bot in bots:
                bot.close()
            if ray is not None:
                await asyncio.to_thread(ray.close)


def _bot(
    server: SandboxServer, folder: Path, ray: RayCluster | None, settings: dict[str, str]
) -> Bot:
    folder.mkdir()
    if ray is not None:
        settings |= {"BOT_INFERENCE": "ray", "BOT_RAY_ADDRESS": ray.address}
    bot = Bot(server, folder, {**NO_QUOTA, **settings})
    if ray is not None:
        bot.python = ray.python
    return bot


async def _started_ray(models: Path, replicas: int) -> RayCluster:
    python = ray_python()
    if python is None:
        raise FileNotFoundError(NO_RAY)
    cluster = RayCluster(models, replicas, python)
    try:
        await asyncio.to_thread(cluster.start)
    except BaseException:
        cluster.close()
        raise
    return cluster


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
