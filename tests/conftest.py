"""The order of the tests, the marker of all end-to-end tests, and a database server for all."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.reliability.postgres_server import PostgresServer
from tests.support.postgres_server import SharedDatabase, running_server

TESTS = Path(__file__).parent
# As `load_training` does: some tests import TensorFlow before it is called.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# What takes longest begins first, so that no worker is left with it in the end.
FIRST = ("test_quality.py", "end_to_end", "scripts", "model")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres_server: PostgresServer) -> Iterator[SharedDatabase]:
    """A database with the newest schema that every test leaves empty; to make one takes long."""
    with postgres_server.database() as name:
        database = SharedDatabase(postgres_server, name)
        database.migrate()
        yield database


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests_in = Counter(item.path for item in items)
    items.sort(key=lambda item: (_position(item), -tests_in[item.path], item.path))
    for item in items:
        if _area(item) == "end_to_end":
            item.add_marker("process")


def _position(item: pytest.Item) -> int:
    return FIRST.index(_area(item)) if _area(item) in FIRST else len(FIRST)


def _area(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]
