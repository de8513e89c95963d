"""`scripts.retrain` with a fake training, as a process, and what it left."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot.retraining.crash_recovery import recover_interrupted_runs
from bot.storage.database import open_database
from bot.storage.runs import Run
from model.registry.registry import Registry
from tests.support import retraining_runs
from tests.support.bot_process import REPOSITORY
from tests.support.stored_answers import address

SAMPLES = 10  # faces that were labelled before
WAIT_S = 100
Event = dict[str, Any]


def start(data: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.retraining_process", data, "--json", *options],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def retrain(data: Path, *options: str) -> tuple[int, list[Event]]:
    """Retrain; returns the exit status and what was told."""
    process = start(data, *options)
    told, errors = process.communicate(timeout=WAIT_S)
    assert "Traceback" not in errors, errors
    return process.returncode, [json.loads(line) for line in told.splitlines()]


def read_runs(data: Path) -> list[Run]:
    """Return the stored runs, newest first."""

    async def read() -> list[Run]:
        async with open_database(address(data / "bot.sqlite3")) as database:
            return await retraining_runs.read_runs(database)

    return asyncio.run(read())


def recovered(data: Path) -> list[Run]:
    """Return the runs that the next start of the bot closes."""

    async def recover_runs() -> list[Run]:
        async with open_database(address(data / "bot.sqlite3")) as database:
            return await recover_interrupted_runs(database, Registry(data / "models"))

    return asyncio.run(recover_runs())


def serving(data: Path) -> str:
    return Registry(data / "models").active().name
