"""Retrainings on two machines that have one PostgreSQL server."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.retraining import retraining_lock
from bot.retraining.crash_recovery import recover_interrupted_runs
from bot.retraining.exit_status import ExitStatus
from bot.retraining.retraining_lock import is_retraining
from bot.storage.database import Database, open_database
from bot.storage.dialects import RETRAINING_LOCK
from bot.storage.migrate import newest_schema
from model.registry.registry import Registry
from tests.support import postgres_server
from tests.support.bot_process import REPOSITORY
from tests.support.labelled_faces import label_faces
from tests.support.postgres_server import SharedDatabase
from tests.support.retraining_process import ADMIN
from tests.support.retraining_runs import begin_run, read_runs

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")

WAIT_S = 100


@contextmanager
def retraining(machine: Path, url: str, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Retrain in a process that has a data folder of its own."""
    machine.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.support.retraining_process", str(machine), "--json"]
    with subprocess.Popen(
        [*command, "--database", url, *options],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def test_a_second_one_is_refused_until_the_first_has_ended(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    await label_faces(database, range(10), ADMIN)
    here, there = tmp_path / "here", tmp_path / "there"
    seen_from_there = Registry(there / "models")
    with retraining(here, database_url, "--wait") as first:
        assert first.stdout is not None
        assert '"started"' in first.stdout.readline()
        assert await is_retraining(database, seen_from_there)
        with retraining(there, database_url) as second:
            _, errors = second.communicate(timeout=WAIT_S)
        assert second.returncode == ExitStatus.ALREADY_RUNNING
        assert "another retraining is running" in errors
        assert await recover_interrupted_runs(database, seen_from_there) == []
        first.kill()
        first.wait()
        (ended,) = await recover_interrupted_runs(database, seen_from_there)
        assert ended.state == "interrupted"
    assert not await is_retraining(database, seen_from_there)
    with retraining(there, database_url) as third:
        told, _ = third.communicate(timeout=WAIT_S)
    assert third.returncode == ExitStatus.FINISHED, told
    assert len(await read_runs(database)) == 2


@pytest.mark.parametrize("command", [["retrain", "--watch"], ["retrain"], ["models", "list"]])
def test_a_newer_version_leaves_the_schema_to_the_bots(
    command: list[str], postgres_database: SharedDatabase, tmp_path: Path
) -> None:
    server, name = postgres_database.server, postgres_database.name
    server.sql(name, "UPDATE alembic_version SET version_num = '0013'")
    try:
        environment = {"BOT_DATABASE_URL": postgres_database.url, "BOT_DATA_DIR": str(tmp_path)}
        ended = subprocess.run(
            [sys.executable, "-m", "scripts.photo_mood", *command],
            cwd=REPOSITORY,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
        assert ended.returncode != 0
        assert "other bots use it with the schema 0013" in ended.stdout + ended.stderr
        assert server.sql(name, "SELECT version_num FROM alembic_version").strip() == "0013"
    finally:
        back = f"UPDATE alembic_version SET version_num = '{newest_schema()}'"  # noqa: S608 - ours
        server.sql(name, back)


async def test_after_a_restart_of_the_server_a_running_one_has_time_to_be_heard_of(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Registry(tmp_path / "there")
    await begin_run(database)
    running = database.lock(RETRAINING_LOCK)  # lost with the restart, and not taken again yet
    monkeypatch.setattr(retraining_lock, "RETAKE_S", await database.uptime_s() + 2)
    async with open_database(database_url) as opened:
        recovering = asyncio.create_task(recover_interrupted_runs(opened, there))
        assert await running.try_acquire()
        assert await recovering == []
    await running.release()
