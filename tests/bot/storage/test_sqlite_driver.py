from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage.database import open_database

ROWS = 250  # more than come with the statement
NUMBERS = text(
    f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) "  # noqa: S608
    "SELECT i FROM n"
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3"


@pytest.mark.parametrize("streamed", [False, True])
async def test_all_rows_come_in_order(url: str, streamed: bool) -> None:
    async with open_database(url) as database, database.reading() as connection:
        if streamed:
            async with connection.stream(NUMBERS) as result:
                rows = [row.i async for row in result]
        else:
            rows = list((await connection.execute(NUMBERS)).scalars())
    assert rows == [*range(1, ROWS + 1)]


async def test_a_stream_that_is_not_read_to_its_end_holds_nothing_up(url: str) -> None:
    async with open_database(url) as database:
        async with database.reading() as connection, connection.stream(NUMBERS) as result:
            assert (await anext(aiter(result))).i == 1
        async with database.writing() as connection:
            await connection.execute(text("CREATE TABLE afterwards (id INTEGER)"))
        await database.truncate_log()
