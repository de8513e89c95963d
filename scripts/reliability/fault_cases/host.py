"""Cases of `faults`: the database, the disk, the model, and ends of the process."""

import asyncio
import json
import os
import resource
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from model.network.manifest import LITERT_FILE, SHIPPED, read_manifest
from model.registry.registry import Registry
from scripts.reliability.fault_cases.calls import VERDICT
from scripts.reliability.fault_cases.case import Act, Case
from scripts.reliability.fault_cases.scene import Scene

LOCKED_S = 30.0
NOT_STORED = "could not save that"
# Permissions hold for root, too, with this.
UNPRIVILEGED = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
)


async def photo_and_tap(scene: Scene, answer: dict[str, object]) -> None:
    """Send a photo, and tap on an earlier answer."""
    photo, tap = await scene.photo(), await scene.tap(answer, "Sad")
    await scene.words(photo, tap)


async def and_afterwards(scene: Scene, answer: dict[str, object]) -> None:
    """Tap again, once things are well."""
    await scene.words(await scene.tap(answer, "Sad"))
    scene.expect("a tap is stored afterwards", "Got it" in " ".join(scene.seen))


async def locked(scene: Scene) -> None:
    """Let another program hold the database."""
    answer = await scene.answered()
    with closing(sqlite3.connect(scene.bot.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        acting = asyncio.create_task(photo_and_tap(scene, answer))
        await asyncio.sleep(LOCKED_S)
        other.execute("ROLLBACK")
    await acting
    await and_afterwards(scene, answer)


async def disk_full(scene: Scene) -> None:
    """Let no file of the bot grow."""
    answer = await scene.answered()
    limit = resource.RLIMIT_FSIZE
    before = resource.prlimit(scene.bot.pid, limit)
    resource.prlimit(scene.bot.pid, limit, (1, before[1]))
    await photo_and_tap(scene, answer)
    resource.prlimit(scene.bot.pid, limit, before)
    await and_afterwards(scene, answer)


async def read_only(scene: Scene) -> None:
    """Make the folder read-only while the bot runs."""
    scene.bot.command_prefix = UNPRIVILEGED
    await scene.restart()
    answer = await scene.answered()
    with _read_only(scene.bot.database.parent):
        await photo_and_tap(scene, answer)
    await and_afterwards(scene, answer)


async def read_only_start(scene: Scene) -> None:
    """Start it in a read-only folder."""
    await scene.bot.end(signal.SIGTERM)
    scene.bot.command_prefix = UNPRIVILEGED
    scene.begin()
    with _read_only(scene.bot.database.parent):
        photo = await scene.photo()
        scene.bot.start()
        status = await scene.bot.wait(60)
    scene.notes.append(f"exit status {status}")
    scene.expect("the exit status is 2", status == 2)
    await scene.start()
    await scene.words(photo)


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    paths = [folder, *folder.iterdir()]
    modes = [path.stat().st_mode for path in paths]
    for path, mode in zip(paths, modes, strict=True):
        path.chmod(mode & 0o555)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


async def damaged_model(scene: Scene) -> None:
    """Damage the version in use before a start."""
    registry = Registry(scene.bot.folder / "data" / "models")
    made = scene.bot.folder / "made" / "newer"
    await asyncio.to_thread(shutil.copytree, SHIPPED, made)
    replace(read_manifest(SHIPPED), version="newer").write(made)
    registry.add(made)
    await scene.bot.end(signal.SIGTERM)
    (registry.find("newer").folder / LITERT_FILE).write_bytes(b"half")
    chosen = json.dumps({"version": "newer", "previous": []})
    (scene.bot.folder / "data" / "models" / "current.json").write_text(chosen, encoding="utf-8")
    scene.begin()
    await scene.start()
    await scene.words(await scene.photo())


def ended_by(number: signal.Signals, status: int) -> Act:
    """Return an act in which a signal ends the bot, which has photos in hand."""

    async def act(scene: Scene) -> None:
        scene.begin()
        await scene.fault("file", "timeout", None)
        photos = [await scene.photo() for _ in range(3)]
        await scene.in_hand()
        await scene.taken()
        ended = await scene.bot.end(number)
        scene.notes.append(f"exit status {ended}")
        scene.expect(f"the exit status is {status}", ended == status)
        await scene.crowd.clear_faults()
        await scene.start()
        await scene.words(*photos)

    return act


async def killed_twice(scene: Scene) -> None:
    """Kill the process twice while the same photo is in hand."""
    scene.begin()
    await scene.fault("file", "timeout", None)
    photo = await scene.photo()
    for _ in range(2):
        await scene.in_hand()
        await scene.bot.end(signal.SIGKILL)
        scene.bot.start()
    await scene.crowd.clear_faults()
    await scene.words(photo)


STORED_LATER = "Updates cannot be stored|cannot be used|could not be stored"
AGAIN = "database can be written again"

HOST = [
    Case("database-locked", f"the database is locked for {LOCKED_S:.0f} s; a photo, a tap, and the "
         "tap again afterwards", locked, sees=(VERDICT, NOT_STORED), logs=(STORED_LATER, AGAIN)),
    Case("disk-full", "the disk is full; a photo, a tap, and the tap again afterwards", disk_full,
         sees=(VERDICT, NOT_STORED), logs=(STORED_LATER, AGAIN)),
    Case("read-only", "the data folder becomes read-only (open files stay writable); the same",
         read_only, sees=(VERDICT,)),
    Case("read-only-start", "a start in a read-only folder, then one in a good one",
         read_only_start, sees=(VERDICT,), logs=("no permission to read and write",)),
    Case("damaged-model", "the active version is damaged at the start", damaged_model,
         sees=(VERDICT,), logs=("is damaged",)),
    Case("sigterm", "SIGTERM, three photos in hand", ended_by(signal.SIGTERM, 0), sees=(VERDICT,),
         logs=("left for the next start",), lines=1),
    Case("sighup", "SIGHUP, three photos in hand", ended_by(signal.SIGHUP, 0), sees=(VERDICT,),
         logs=("left for the next start",), lines=1),
    Case("sigkill", "`kill -9`, three photos in hand", ended_by(signal.SIGKILL, -9),
         sees=(VERDICT,)),
    Case("killed-twice", "`kill -9` twice, each time with the same photo in hand", killed_twice,
         sees=("tried twice",), logs=("is set aside",)),
]  # fmt: skip
