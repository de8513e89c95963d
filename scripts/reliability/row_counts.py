"""The numbers of rows that a database has had, commit by commit."""

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Self

from bot.storage.schema import metadata

TABLES = sorted(metadata.tables)
LOOK_S = 0.001

Counts = tuple[int, ...]
"""The number of rows in each of `TABLES`."""


class RowCounts:
    """Counts the rows of a database after each commit; use it as a context manager.

    Args:
        database: a file that other processes write.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._seen: list[Counts] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    @property
    def seen(self) -> Sequence[Counts]:
        """What was counted so far, oldest first."""
        return list(self._seen)

    def _run(self) -> None:
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as connection:
            version = None
            while not self._stopped.wait(LOOK_S):
                # It changes with every commit of another connection.
                newest = connection.execute("PRAGMA data_version").fetchone()
                if newest != version:
                    version = newest
                    self._seen.append(count_rows(connection))


def count_rows(connection: sqlite3.Connection) -> Counts:
    """Count the rows of all tables as they are at one moment."""
    queries = ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)  # noqa: S608
    return tuple(connection.execute(f"SELECT {queries}").fetchone())


def was_a_moment(counts: Counts, seen: Sequence[Counts]) -> bool:
    """Tell whether a database has had these numbers at one moment.

    That is so if they were seen. Two commits can follow each other so fast that the first is not
    seen; then every number lies between those before and after it.
    """
    return counts in seen or any(
        all(low <= count <= high for low, count, high in zip(before, counts, after, strict=True))
        for before, after in pairwise(seen)
    )
