"""A PostgreSQL server of the tests' own, in a temporary folder and without a network port."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from bot.storage.database import open_database
from bot.storage.schema import metadata

IS_WANTED = os.environ.get("TEST_DATABASE") == "postgres"
IS_REQUIRED = os.environ.get("REQUIRE_POSTGRES") == "1"
SUPERUSER = "postgres"
# Nothing here has to survive a power failure, and all of it is faster without.
_OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses=''"

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server.

    Attributes:
        folder: of its socket.
        programs: folder of PostgreSQL's own programs.
    """

    folder: Path
    programs: Path

    def url(self, name: str) -> str:
        """Return the address of a database, for `BOT_DATABASE_URL`."""
        return f"postgresql+asyncpg://{SUPERUSER}@/{name}?host={self.folder}"

    def sql(self, name: str, *statements: str) -> str:
        """Execute statements in a database; returns the rows of the last, columns tab-separated."""
        command = [self.programs / "psql", "-h", self.folder, "-U", SUPERUSER, "-d", name, "-qXAt"]
        command += ["-F", "\t", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database without tables; gives its name."""
        name = f"test_{next(_numbers)}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        yield name
        self.sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True, slots=True)
class SharedDatabase:
    """A database that one test after the other uses.

    Attributes:
        server: that it is on.
        name: of the database.
    """

    server: PostgresServer
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def migrate(self) -> None:
        """Bring it to the newest schema."""

        async def open_and_close() -> None:
            async with open_database(self.url):
                pass

        with ThreadPoolExecutor(1) as thread:  # there may be an event loop in this one
            thread.submit(asyncio.run, open_and_close()).result()

    def empty(self) -> None:
        """Delete all rows, and let ids begin again; much faster than `TRUNCATE`."""
        names = [table.name for table in metadata.sorted_tables]
        deletions = "; ".join(f"DELETE FROM {name}" for name in names)  # noqa: S608 - of the schema
        restart = (
            "SELECT setval(pg_get_serial_sequence(name, 'id'), 1, false) "
            "FROM unnest(ARRAY['answers', 'photos', 'faces', 'corrections', 'runs', 'inbox']) name"
        )
        self.server.sql(self.name, deletions, "COMMENT ON TABLE users IS NULL", restart)


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server, and remove it at the end; skip the test where PostgreSQL is missing."""
    programs = _programs()
    # The path of a Unix socket may only have 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        data = folder / "data"
        if os.geteuid() == 0:
            shutil.chown(folder, SUPERUSER)  # the server refuses to run as root
        _run(programs / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-N", "-E", "UTF8")
        options = f"{_OPTIONS} -c unix_socket_directories='{folder}'"
        control = (programs / "pg_ctl", "-D", data, "-w", "-s")
        _run(*control, "-l", folder / "log", "-o", options, "start")
        try:
            yield PostgresServer(folder, programs)
        finally:
            _run(*control, "-m", "immediate", "stop")


def _programs() -> Path:
    """Return the folder of the newest version's programs; Debian has one for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    other = shutil.which("initdb")
    if found:
        return found[-1].parent
    if other is not None:
        return Path(other).parent
    if IS_REQUIRED:
        pytest.fail("PostgreSQL is not installed: apt install postgresql")
    pytest.skip("PostgreSQL is not installed: apt install postgresql")


def _version(program: Path) -> int:
    return int(program.parts[-3])


def _run(*command: str | Path) -> None:
    user = SUPERUSER if os.geteuid() == 0 else None
    subprocess.run(_texts(command), check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")


def _texts(command: Sequence[str | Path]) -> list[str]:
    return [str(part) for part in command]
