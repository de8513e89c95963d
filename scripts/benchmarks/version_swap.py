"""Measure what it takes that another bot serves a new version of the model, over PostgreSQL.

A server of its own runs on this machine, which syncs to disk like any other. One bot stores copies
of the shipped version and activates each; another one, with a folder of its own, follows. The files
that serving alone needs are fetched too, for comparison, and a version in the folder is checked, as
every bot does before it loads one, wherever the folder is.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import select

from bot.storage import model_versions
from bot.storage.database import Database, open_database
from bot.storage.schema import model_files
from bot.storage.shared_registry import SharedRegistry
from model.network.manifest import LITERT_FILE, SHIPPED, read_manifest
from model.registry.registry import Registry
from scripts.reliability.postgres_server import running_server

Work = Callable[[], Awaitable[object]]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.version_swap", description=__doc__
    )
    parser.add_argument("--repeat", type=int, default=5, help="how many versions are stored")
    options = parser.parse_args(arguments)
    with (
        running_server() as server,
        server.database() as name,
        tempfile.TemporaryDirectory() as folder,
    ):
        asyncio.run(_measure(server.url(name), Path(folder), options.repeat))
    return 0


async def _measure(url: str, folder: Path, repeat: int) -> None:
    times: dict[str, list[tuple[float, float]]] = {}
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(open_database(url))
        theirs = await stack.enter_async_context(open_database(url))
        here = SharedRegistry(ours, Registry(folder / "here"))
        registry = Registry(folder / "there")
        there = SharedRegistry(theirs, registry)
        await there.follow()
        for number in range(repeat):
            name = f"copy-{number}"
            made = _copy_of_shipped(folder / "made", name)
            steps: dict[str, Work] = {
                "store the version": partial(here.add, made),
                "activate it": partial(here.promote, name),
                "ask what has changed": partial(model_versions.load_revision, theirs),
                "follow: fetch, write, sync, check, activate": there.follow,
                f"fetch {LITERT_FILE} only": partial(_fetch_litert, theirs, name),
                "check it in the folder": partial(asyncio.to_thread, registry.active),
            }
            for step, work in steps.items():
                times.setdefault(step, []).append(await _timed(work))
    size = sum(file.stat().st_size for file in SHIPPED.iterdir()) / 1e6
    print(f"{size:.1f} MB a version, medians of {repeat}\n")
    print("| step | seconds | processor seconds |\n| --- | ---: | ---: |")
    for step, taken in times.items():
        wall, cpu = (median(column) for column in zip(*taken, strict=True))
        print(f"| {step} | {wall:.3f} | {cpu:.3f} |")


async def _timed(work: Work) -> tuple[float, float]:
    start, start_cpu = time.perf_counter(), time.process_time()
    await work()
    return time.perf_counter() - start, time.process_time() - start_cpu


async def _fetch_litert(database: Database, name: str) -> None:
    query = select(model_files.c.content).where(
        model_files.c.version == name, model_files.c.name == LITERT_FILE
    )
    async with database.reading() as connection:
        (await connection.execute(query)).scalar_one()


def _copy_of_shipped(place: Path, name: str) -> Path:
    folder = place / name
    folder.mkdir(parents=True)
    manifest = read_manifest(SHIPPED)
    for file in manifest.hashes:
        (folder / file).write_bytes((SHIPPED / file).read_bytes())
    replace(manifest, version=name).write(folder)
    return folder


if __name__ == "__main__":
    main()
