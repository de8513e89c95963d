"""The versions of the model, as two bots with one PostgreSQL server and a folder each have them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.storage import model_versions, shared_registry
from bot.storage.database import Database, open_database
from bot.storage.shared_registry import SharedRegistry
from model.errors import ActiveVersionChangedError, UnknownVersionError, VersionExistsError
from model.registry.active_version import ActiveVersion
from model.registry.registry import Registry
from scripts.models import main
from tests.support import postgres_server
from tests.support.model_versions import SHIPPED_NAME, copy_of_shipped, damage, model_folder, names
from tests.support.postgres_server import SharedDatabase

on_a_server = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")


class Bot:
    """A bot's folder of versions, and its connection to the database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.folder = folder / "models"
        self.registry = Registry(self.folder)
        self.versions = SharedRegistry(database, self.registry)

    @property
    def active(self) -> str:
        return self.registry.active().name


@pytest.fixture
def here(database: Database, tmp_path: Path) -> Bot:
    return Bot(database, tmp_path / "here")


@pytest.fixture
async def there(database_url: str, tmp_path: Path) -> AsyncIterator[Bot]:
    async with open_database(database_url) as database:
        yield Bot(database, tmp_path / "there")


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_true():  # noqa: ASYNC110 - what others do cannot be waited for otherwise
            await asyncio.sleep(0.01)


async def add(bot: Bot, folder: Path, *versions: str) -> None:
    for number, version in enumerate(versions, 1):
        await bot.versions.add(model_folder(folder / "made", version, f"2026-02-{number:02}"))


async def test_with_sqlite_the_folder_is_all_there_is(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "models")
    versions = SharedRegistry(None, registry)
    await versions.start()
    await versions.follow()
    await versions.add(model_folder(tmp_path, "a"))
    await versions.promote("a", SHIPPED_NAME)
    assert registry.active().name == "a"
    assert await versions.rollback("a") == SHIPPED_NAME
    assert await versions.prune(0) == ["a"]
    assert names(registry) == [SHIPPED_NAME]


@on_a_server
async def test_what_one_bot_does_the_other_follows(here: Bot, there: Bot, tmp_path: Path) -> None:
    await add(here, tmp_path, "a", "b")
    await here.versions.promote("b", SHIPPED_NAME)
    assert here.active == "b"
    await there.versions.follow()
    assert there.active == "b"
    assert names(there.registry) == ["b", "a", SHIPPED_NAME]
    await there.versions.promote("a", "b")
    await here.versions.follow()
    assert here.active == "a"
    assert await here.versions.rollback("a") == "b"
    assert await here.versions.rollback("b") == SHIPPED_NAME
    await there.versions.follow()
    assert there.active == SHIPPED_NAME
    assert await there.versions.prune(1) == ["a"]
    await here.versions.follow()
    assert names(here.registry) == ["b", SHIPPED_NAME]


@on_a_server
async def test_two_admins_at_once_change_the_model_once(
    here: Bot, there: Bot, tmp_path: Path
) -> None:
    await add(here, tmp_path, "a", "b")
    await there.versions.follow()
    results = await asyncio.gather(
        here.versions.promote("a", SHIPPED_NAME),
        there.versions.promote("b", SHIPPED_NAME),
        return_exceptions=True,
    )
    assert [result for result in results if result is None] == [None]
    (refused,) = (result for result in results if result is not None)
    assert isinstance(refused, ActiveVersionChangedError)
    await here.versions.follow()
    await there.versions.follow()
    assert here.active == there.active == refused.active


@on_a_server
async def test_what_was_active_in_a_folder_that_is_behind_does_not_count(
    here: Bot, there: Bot, tmp_path: Path
) -> None:
    await add(here, tmp_path, "a", "b")
    await there.versions.follow()
    await here.versions.promote("a")
    assert there.active == SHIPPED_NAME
    with pytest.raises(ActiveVersionChangedError):
        await there.versions.promote("b", SHIPPED_NAME)
    await there.versions.promote("b", "a")
    await here.versions.follow()
    assert here.active == "b"


@on_a_server
async def test_a_new_bot_starts_with_the_active_version_only(
    here: Bot, there: Bot, tmp_path: Path
) -> None:
    await add(here, tmp_path, "a", "b", "c")
    await here.versions.promote("a")
    await here.versions.promote("b")
    await there.versions.start()
    assert there.active == "b"
    assert names(there.registry) == ["b", SHIPPED_NAME]


@on_a_server
async def test_a_bot_that_had_a_folder_alone_brings_its_versions(
    here: Bot, there: Bot, tmp_path: Path
) -> None:
    await there.versions.start()  # it has nothing, and so says nothing
    for name in ("a", "b"):
        here.registry.add(model_folder(tmp_path, name))
        here.registry.promote(name)
    damage(here.folder, "a")
    await here.versions.start()
    await there.versions.follow()
    assert here.active == there.active == "b"
    assert names(there.registry) == ["b", SHIPPED_NAME]


@on_a_server
async def test_a_bot_that_was_away_does_not_bring_back_what_is_over(
    here: Bot, there: Bot, tmp_path: Path
) -> None:
    await add(here, tmp_path, "a", "b")
    await here.versions.promote("b")
    await there.versions.follow()
    assert await here.versions.rollback() == SHIPPED_NAME
    assert sorted(await here.versions.prune(0)) == ["a", "b"]
    await there.versions.start()
    await there.versions.follow()
    assert there.active == SHIPPED_NAME
    assert names(there.registry) == [SHIPPED_NAME]
    await add(there, tmp_path / "again", "b")
    await here.versions.follow()
    assert names(here.registry) == ["b", SHIPPED_NAME]


@on_a_server
async def test_a_version_that_is_there_is_not_replaced(
    here: Bot, there: Bot, tmp_path: Path
) -> None:
    await add(here, tmp_path, "a")
    with pytest.raises(VersionExistsError):
        await add(there, tmp_path / "other", "a")
    with pytest.raises(UnknownVersionError):
        await there.versions.promote("nothing")


@on_a_server
async def test_a_damaged_version_in_the_database_does_not_serve(
    here: Bot,
    there: Bot,
    tmp_path: Path,
    postgres_database: SharedDatabase,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await add(here, tmp_path, "a", "b")
    await here.versions.promote("a")
    await here.versions.promote("b")
    damaged = "UPDATE model_files SET content = 'x' WHERE version = 'b' AND name LIKE '%.tflite'"
    postgres_database.server.sql(postgres_database.name, damaged)
    await there.versions.start()
    assert there.active == "a"
    await there.versions.follow()
    assert "The database has a damaged version: Version b is damaged" in caplog.text
    await there.versions.promote("a")
    await here.versions.follow()
    assert here.active == "a"


@on_a_server
async def test_a_process_killed_between_the_database_and_the_folder_loses_nothing(
    here: Bot, database: Database, tmp_path: Path
) -> None:
    folder = model_folder(tmp_path, "a")
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert await model_versions.add(database, "a", files, 1)
    stored = await model_versions.load(database)
    assert await model_versions.choose(database, ActiveVersion("a", (None,)), stored.revision, 1)
    assert not await model_versions.choose(database, ActiveVersion(), stored.revision, 1)
    await here.versions.start()
    assert here.active == "a"


@on_a_server
async def test_storing_a_version_keeps_nobody_from_writing(
    here: Bot, database: Database, tmp_path: Path
) -> None:
    folder = copy_of_shipped(tmp_path, "large")
    async with database.writing():
        await here.versions.add(folder)
        await here.versions.promote("large")
    assert here.active == "large"


@on_a_server
async def test_the_command_line_changes_the_versions_of_all(
    here: Bot,
    there: Bot,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_DATABASE_URL", database_url)
    data = ("--data-dir", str(there.folder.parent))
    there.folder.parent.mkdir()
    await add(here, tmp_path, "a")

    async def run(*arguments: str) -> str:
        assert await asyncio.to_thread(main, [*arguments, *data]) == 0
        return capsys.readouterr().out

    assert "a " in await run("list")
    await run("promote", "a")
    await here.versions.follow()
    assert here.active == "a"
    await run("rollback")
    await run("prune", "--keep", "0")
    await run("add", str(model_folder(tmp_path / "made", "b")))
    await here.versions.follow()
    assert here.active == SHIPPED_NAME
    assert names(here.registry) == ["b", SHIPPED_NAME]


@on_a_server
async def test_a_bot_follows_by_itself_through_an_outage(
    here: Bot,
    there: Bot,
    tmp_path: Path,
    postgres_database: SharedDatabase,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(shared_registry, "FOLLOW_EVERY_S", 0.01)
    following = asyncio.create_task(there.versions.run())
    with caplog.at_level(logging.INFO):
        await add(here, tmp_path, "a")
        await here.versions.promote("a")
        await until(lambda: there.active == "a")
        server, name = postgres_database.server, postgres_database.name
        server.sql(name, "ALTER TABLE model_choice RENAME TO away")
        await until(lambda: "looked at again later" in caplog.text)
        server.sql(name, "ALTER TABLE away RENAME TO model_choice")
        await here.versions.rollback()
        await until(lambda: there.active == SHIPPED_NAME)
    following.cancel()
    await asyncio.wait({following})
