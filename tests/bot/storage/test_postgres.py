"""What is special to PostgreSQL: its migrations, its locks, and its failures."""

import asyncio
import logging

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import make_url

from bot.errors import StorageBusyError, StorageError
from bot.storage import server_lock, user_data
from bot.storage.database import Database, open_database
from bot.storage.migrate import newest_schema
from bot.storage.schema import metadata
from bot.storage.server_lock import lock_server_database
from tests.support import postgres_server
from tests.support.postgres_server import SharedDatabase
from tests.support.stored_answers import ANNA, store_answer

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")

# With a time limit, it waits until they have ended, and with them their locks.
END_ALL = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid != pg_backend_pid()"
)
DEFINITIONS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', ''
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT tablename, indexname, indexdef, '', '', ''
    FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2, 3
"""
HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"


@pytest.fixture
def server(postgres_database: SharedDatabase) -> SharedDatabase:
    return postgres_database


async def test_the_migrations_lead_to_what_a_new_database_has(server: SharedDatabase) -> None:
    with server.server.database() as name:
        other = SharedDatabase(server.server, name)
        # Only an empty database gets all tables at once.
        server.server.sql(name, "CREATE TABLE of_somebody_else (id INTEGER)")
        async with open_database(other.url):
            pass
        server.server.sql(name, "DROP TABLE of_somebody_else")
        async with open_database(other.url) as migrated, migrated.reading() as connection:
            found = await connection.run_sync(
                lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
            )
        assert found == []
        migrated_definitions = server.server.sql(name, DEFINITIONS).splitlines()
    assert migrated_definitions == server.server.sql(server.name, DEFINITIONS).splitlines()


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_a_writer_that_takes_too_long_is_not_waited_for(database_url: str) -> None:
    async with open_database(database_url) as one, open_database(database_url) as other:
        async with one.writing():
            with pytest.raises(StorageBusyError, match="lock timeout"):
                async with other.writing():
                    pass
            assert (await user_data.count(one, ANNA)).photos == 0
        async with other.writing():
            pass


async def test_ended_connections_are_replaced(database: Database, server: SharedDatabase) -> None:
    await store_answer(database)
    server.server.sql(server.name, END_ALL)
    await store_answer(database, message=2)
    assert (await user_data.count(database, ANNA)).photos == 1


async def test_what_was_erased_is_removed_from_the_files(database: Database) -> None:
    await store_answer(database)
    assert not await database.needs_scrub()
    await user_data.erase(database, ANNA)
    assert await database.needs_scrub()
    await database.scrub()
    assert not await database.needs_scrub()


async def test_a_second_bot_is_refused_until_the_first_has_stopped(
    server: SharedDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    url = make_url(server.url).set(password="hunter2")
    async with lock_server_database(url):
        with pytest.raises(StorageError, match="another bot uses") as caught:
            async with lock_server_database(url, wait_s=0):
                pass
    async with lock_server_database(url, wait_s=0):
        pass
    assert "hunter2" not in str(caught.value) + caplog.text


async def test_a_lost_lock_is_taken_again(
    server: SharedDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server_lock, "CHECK_EVERY_S", 0.01)
    with caplog.at_level(logging.ERROR):
        async with lock_server_database(make_url(server.url)):
            server.server.sql(server.name, END_ALL)
            while server.server.sql(server.name, HELD).strip() != "1":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            with pytest.raises(StorageError, match="another bot uses"):
                async with lock_server_database(make_url(server.url), wait_s=0):
                    pass
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"database": "no_such_database"}, "does not exist"),
        ({"username": "nobody"}, 'role "nobody" does not exist'),
        ({"query": {"host": "/no/such/folder"}}, "No such file"),
    ],
)
async def test_why_it_cannot_be_used_is_said_without_the_password(
    server: SharedDatabase, change: dict[str, object], told: str
) -> None:
    url = make_url(server.url).set(password="hunter2").set(**change)  # type: ignore[arg-type]
    with pytest.raises(StorageError, match=told) as caught:
        async with open_database(url.render_as_string(hide_password=False)):
            pass
    assert "hunter2" not in str(caught.value)


async def test_nobody_migrates_a_database_that_others_use(
    database_url: str, server: SharedDatabase
) -> None:
    async with open_database(database_url, may_migrate=False):
        pass
    server.server.sql(server.name, "UPDATE alembic_version SET version_num = '0013'")
    try:
        with pytest.raises(StorageError, match="other bots use it with the schema 0013"):
            async with open_database(database_url, may_migrate=False):
                pass
    finally:
        newest = f"UPDATE alembic_version SET version_num = '{newest_schema()}'"  # noqa: S608
        server.server.sql(server.name, newest)
