import pytest
from sqlalchemy.engine import make_url

from bot.operations.checks.finding import Level
from bot.operations.checks.server_database import check_server_database, recent_server_groups
from bot.storage import answers, replicas
from bot.storage.answers import Question
from bot.storage.database import Database
from bot.storage.server_lock import lock_server_database
from tests.support import postgres_server
from tests.support.postgres_server import SharedDatabase
from tests.support.stored_answers import ANNA, NOW, WEEK_S, new_photo

BOT_ID = 123456

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")


async def test_it_opens_and_whether_a_bot_uses_it_is_told(database_url: str) -> None:
    url = make_url(database_url)
    found = await check_server_database(url, BOT_ID)
    assert found.level is Level.OK
    assert "PostgreSQL" in found.text
    assert "no bot is using it" in found.text
    async with lock_server_database(url):
        assert "; a bot is using it" in (await check_server_database(url, BOT_ID)).text


async def test_a_database_of_another_bot(database: Database, database_url: str) -> None:
    await replicas.register(database, "one", BOT_ID, is_alone=False)
    url = make_url(database_url)
    assert (await check_server_database(url, BOT_ID)).level is Level.OK
    found = await check_server_database(url, BOT_ID + 1)
    assert found.level is Level.FAILED
    assert f"the bot with the id {BOT_ID} uses it" in found.text


async def test_an_unusable_server_is_named_without_the_password(database_url: str) -> None:
    url = make_url(database_url).set(username="nobody", password="hunter2")
    found = await check_server_database(url, BOT_ID)
    assert found.level is Level.FAILED
    assert 'role "nobody" does not exist' in found.text
    assert "hunter2" not in str(found)


async def test_an_older_and_a_newer_schema(postgres_database: SharedDatabase) -> None:
    server, name = postgres_database.server, postgres_database.name
    url = make_url(postgres_database.url)
    newest = server.sql(name, "SELECT version_num FROM alembic_version").strip()
    try:
        server.sql(name, "UPDATE alembic_version SET version_num = '0012'")
        older = await check_server_database(url, BOT_ID)
        async with lock_server_database(url):
            used = await check_server_database(url, BOT_ID)
        server.sql(name, "UPDATE alembic_version SET version_num = '9999'")
        newer = await check_server_database(url, BOT_ID)
    finally:
        server.sql(name, f"UPDATE alembic_version SET version_num = '{newest}'")  # noqa: S608
    assert (older.level, newer.level) == (Level.WARNING, Level.FAILED)
    assert "pg_dump" in older.cure
    assert used.level is Level.FAILED
    assert "other bots use it with the schema 0012" in used.text
    assert "pg_restore" in newer.cure


async def test_the_groups_with_the_latest_answers(database: Database, database_url: str) -> None:
    for number, chat in enumerate((-1, -2, ANNA, -1)):
        question = Question(ANNA, chat, number, NOW + number)
        await answers.record(database, question, [new_photo(0.9)], NOW, WEEK_S)
    assert await recent_server_groups(make_url(database_url)) == [-1, -2]
