"""A PostgreSQL server of the tests' own, and a database that they share."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from bot.storage.database import open_database
from bot.storage.schema import metadata
from scripts.reliability import postgres_server
from scripts.reliability.postgres_server import PostgresServer

IS_WANTED = os.environ.get("TEST_DATABASE") == "postgres"
IS_REQUIRED = os.environ.get("REQUIRE_POSTGRES") == "1"
# Nothing here has to survive a power failure, and all of it is faster without.
_OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


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
    try:
        with postgres_server.running_server(_OPTIONS) as server:
            yield server
    except FileNotFoundError as error:
        if IS_REQUIRED:
            pytest.fail(str(error))
        pytest.skip(str(error))
