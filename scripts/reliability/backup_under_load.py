"""Make and restore backups while people use the bot, kill both in the middle, and damage archives.

While simulated people send photos and tap, and the active version of the model changes, backups are
made, restored elsewhere and compared with what the database was; others are killed at random
moments. Then restores are killed, and archives are cut and changed at random places. At the end the
bot starts with what was restored.
"""

import argparse
import asyncio
import random
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

from bot.operations.backup import DATABASE, MODELS
from model.network.manifest import SHIPPED, read_manifest
from model.registry.registry import Registry
from scripts.reliability.archives import KEEP, Archives
from scripts.reliability.damaged_archives import damage_again_and_again
from scripts.reliability.killed_commands import Command, kill_again_and_again
from scripts.reliability.people import People
from scripts.reliability.report import describe, no_tracebacks, print_times, verdict
from scripts.reliability.restored import Restored
from scripts.reliability.row_counts import TABLES, RowCounts, count_rows, was_a_moment
from scripts.reliability.trial import Trial, run, trial

PEOPLE = 50
TAPPED = 0.5
PROMOTE_EVERY_S = 3.0
PATIENCE_S = 60.0
VERSIONS = ("2026-01-01-one", "2026-01-02-two")


async def prove(backups: int, kills: int, damages: int, rate: float, seed: int) -> bool:
    """Do everything; return whether all checks passed.

    Args:
        backups: how many are made, restored and compared.
        kills: how many backups are killed, and how many restores.
        damages: how many archives are cut, and how many changed.
        rate: messages a second.
        seed: of everything random.

    Raises:
        AssertionError: something was left behind that must not be.
    """
    rng = random.Random(seed)
    async with trial(PEOPLE) as running:
        data, place = running.bot.folder / "data", running.bot.folder / "elsewhere"
        archives = Archives(place / "archives")
        registry = Registry(data / MODELS)
        await asyncio.to_thread(_add_versions, registry, place)

        def backup() -> Command:
            arguments = (str(archives.folder), "--keep", str(KEEP), "--data-dir", str(data))
            return Command(archives.folder, "backup", *arguments)

        start = time.monotonic()
        async with _load(running, registry, rate, seed):
            with RowCounts(running.bot.database) as rows:
                fine = [
                    await asyncio.to_thread(_make_and_compare, backup(), archives, rows, place)
                    for _ in range(backups)
                ]
            print(f"  {kills} backups ended with kill -9", flush=True)
            kill = asyncio.to_thread(kill_again_and_again, kills, backup, archives.look, rng)
            _print(await kill)
        # A tap that waits for longer than Telegram remembers it cannot get a word.
        silent = [sent for sent in running.ledger.waiting() if sent.kind != "tap"]
        repeated = running.ledger.repeated()
        archive = archives.folder / archives.names[-1]
        restored = Restored(archive, place)
        print(f"  {kills} restores ended with kill -9", flush=True)
        kill = asyncio.to_thread(kill_again_and_again, kills, restored.command, restored.look, rng)
        _print(await kill)
        print(f"  {damages} archives cut, {damages} with one byte changed", flush=True)
        _print(await asyncio.to_thread(damage_again_and_again, archive, damages, rng))
        print_times(running.ledger)
        return all(
            [
                *fine,
                verdict("without a word", not silent, describe(silent, start)),
                verdict("answered twice", not repeated, describe(repeated, start)),
                verdict("the bot, with what was restored", *await _start_with(running, restored)),
                no_tracebacks(running),
            ]
        )


def _add_versions(registry: Registry, place: Path) -> None:
    for version in VERSIONS:
        folder = place / version
        folder.mkdir()
        for name in read_manifest(SHIPPED).hashes:
            (folder / name).write_bytes((SHIPPED / name).read_bytes())
        replace(read_manifest(SHIPPED), version=version).write(folder)
        registry.add(folder)
        registry.promote(version)


@asynccontextmanager
async def _load(running: Trial, registry: Registry, rate: float, seed: int) -> AsyncIterator[None]:
    """Let people act, and change the active version, during the block; then wait for the bot."""
    acting = People(running, seed)
    acting.tap_on_answers(TAPPED)

    async def send() -> None:
        while True:
            await asyncio.sleep(acting.rng.expovariate(rate))
            acting.begin(acting.send_anything(acting.rng.choice(running.people)))

    async def promote() -> None:
        while True:
            for version in VERSIONS:
                await asyncio.sleep(PROMOTE_EVERY_S)
                await asyncio.to_thread(registry.promote, version)

    tasks = [asyncio.create_task(send()), asyncio.create_task(promote())]
    try:
        yield
        for task in tasks:
            task.cancel()
        await acting.finish()
        await running.wait_for_words(PATIENCE_S)
        await acting.finish()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _make_and_compare(backup: Command, archives: Archives, rows: RowCounts, place: Path) -> bool:
    began = time.monotonic()
    status, said = backup.run()
    seconds = time.monotonic() - began
    if status:
        return verdict("backup", False, said)
    archives.look()
    archive = archives.folder / archives.names[-1]
    restored = Restored(archive, place)
    status, said = restored.command().run()
    if status:
        return verdict("restore", False, said)
    counts, broken = _read(restored.folder / DATABASE)
    verify = Command(restored.folder, "models", "verify", "--data-dir", str(restored.folder))
    status, said = verify.run()
    moment = was_a_moment(counts, rows.seen)
    found = dict(zip(TABLES, counts, strict=True))
    text = (
        f"{seconds:.1f} s, {archive.stat().st_size / 1e6:.1f} MB, {sum(counts)} rows ("
        f"{found['photos']} photos, {found['corrections']} corrections): "
        f"{'those of one moment' if moment else 'of no one moment'}"
        f"{', a commit that was seen' if counts in rows.seen else ''}; models verify: "
        f"{'all whole' if status == 0 else said}{''.join(f'; {row}' for row in broken)}"
    )
    return verdict("backup and restore", moment and not status and not broken, text)


def _read(database: Path) -> tuple[tuple[int, ...], list[object]]:
    """Return the row counts, and references that lead nowhere."""
    with closing(sqlite3.connect(database)) as connection:
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        return count_rows(connection), broken


async def _start_with(running: Trial, restored: Restored) -> tuple[bool, str]:
    """Start the bot with the restored data and send it a photo."""
    await running.bot.end(signal.SIGTERM)
    running.bot.settings["BOT_DATA_DIR"] = str(restored.folder)
    running.bot.start()
    await running.bot.wait_until_ready()
    sent = await People(running, seed=0).send_photos(running.people[0], 1)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await sent.word.wait()
    except TimeoutError:
        return False, "does not answer"
    return True, "answers a photo"


def _print(found: Mapping[str, int]) -> None:
    for description, times in sorted(found.items()):
        print(f"    {times:>4}  {description}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a check failed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.backup_under_load", description=__doc__
    )
    parser.add_argument("--backups", type=int, default=10, help="default: %(default)s")
    parser.add_argument("--kills", type=int, default=40, help="of each (default: %(default)s)")
    parser.add_argument("--damages", type=int, default=100, help="of each (default: %(default)s)")
    parser.add_argument(
        "--rate", type=float, default=1, help="messages a second (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    options = parser.parse_args(arguments)
    return run(prove(options.backups, options.kills, options.damages, options.rate, options.seed))


if __name__ == "__main__":
    sys.exit(main())
