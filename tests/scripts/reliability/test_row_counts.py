import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.database import open_database
from scripts.reliability.row_counts import TABLES, Counts, RowCounts, count_rows, was_a_moment


@pytest.mark.parametrize(
    ("counts", "seen", "expected"),
    [
        ((1, 1), [(0, 0), (1, 1)], True),
        ((1, 0), [(0, 0), (1, 1)], True),  # a commit between two that follow each other
        ((2, 0), [(0, 0), (1, 1), (2, 2)], False),  # of one table earlier than of the other
        ((3, 3), [(0, 0), (1, 1)], False),
    ],
)
def test_only_numbers_of_one_moment_are_accepted(
    counts: Counts, seen: Sequence[Counts], expected: bool
) -> None:
    assert was_a_moment(counts, seen) == expected


async def test_the_rows_are_counted_after_each_commit(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite3"
    async with open_database(f"sqlite+aiosqlite:///{file}"):
        pass
    with closing(sqlite3.connect(file)) as database:
        before = count_rows(database)
    with RowCounts(file) as rows:
        while not rows.seen:
            pass
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("INSERT INTO users (id, first_seen_at) VALUES (5, 7)")
        while len(rows.seen) < 2:
            pass
    users = TABLES.index("users")
    assert rows.seen == [before, (*before[:users], 1, *before[users + 1 :])]
