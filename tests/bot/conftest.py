"""The bot without network and without model."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine

from bot.app import build_application
from bot.context import MoodApplication, Services
from bot.handlers.common import callback_queries, error_handler, storage_errors
from bot.handlers.user import albums, photo_quota, photos
from bot.inbox import received
from bot.log_limit import LogLimit
from bot.retraining import retraining_lock
from bot.retraining.process import RetrainProcess
from bot.retraining.remote import RemoteRetraining
from bot.retraining.runner import RetrainingRunner
from bot.services.command_menus import CommandMenus
from bot.services.downloads import Downloads
from bot.services.housekeeping import Housekeeper
from bot.services.languages import Languages
from bot.services.retraining_notifier import RetrainingNotifier
from bot.services.retraining_service import RetrainingService
from bot.serving.inference import Inference
from bot.settings import Settings
from bot.storage import database as storage
from bot.storage.database import Database, open_database
from bot.storage.migrate import migrate
from bot.transport.chat_action import ChatActionSender
from bot.transport.file_download import FileDownloader
from model.registry.registry import Registry
from tests.support import postgres_server
from tests.support.fake_model import FakePredictor, fake_drawing
from tests.support.fake_telegram import ALEX, TOKEN, FakeTelegram, fake_bot
from tests.support.fake_user import FakeUser
from tests.support.postgres_server import SharedDatabase
from tests.support.scripted_retraining import FakeProgram


@pytest.fixture(autouse=True)
def no_earlier_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what other tests logged in the last minute."""
    handlers = (albums, callback_queries, error_handler, photo_quota, photos, storage_errors)
    for module in (*handlers, received):
        monkeypatch.setattr(module, "_log_limit", LogLimit())


@pytest.fixture(autouse=True)
def long_running_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for others after a restart of the server: that of the tests has just begun."""
    monkeypatch.setattr(retraining_lock, "RETAKE_S", 0.0)


@pytest.fixture
def telegram() -> FakeTelegram:
    return FakeTelegram()


@pytest.fixture
def predictor() -> FakePredictor:
    return FakePredictor()


@pytest.fixture
async def inference(predictor: FakePredictor) -> AsyncIterator[Inference]:
    inference = Inference(predictor, fake_drawing, workers=2, max_photos=7)
    yield inference
    predictor.gate.set()
    inference.close()


@pytest.fixture
def sqlite_only() -> None:
    """For tests that look into the file of an SQLite database, or break it."""
    if postgres_server.IS_WANTED:
        pytest.skip("about the file of an SQLite database")


@pytest.fixture
def file(tmp_path: Path, sqlite_only: None) -> Path:  # noqa: ARG001
    return tmp_path / "new folder" / "bot.sqlite3"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the newest schema; to run all migrations takes ten times a copy."""
    file = tmp_path_factory.mktemp("database") / "bot.sqlite3"
    file.touch(mode=0o600)
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
    return file


@pytest.fixture
def short_wait_for_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a write give up soon; for tests in which another program keeps the database locked."""
    monkeypatch.setattr(storage, "MAX_WAIT_S", 0.2)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database with the newest schema, of the kind that `TEST_DATABASE` asks for."""
    if postgres_server.IS_WANTED:
        shared: SharedDatabase = request.getfixturevalue("postgres_database")
        yield shared.url
        shared.empty()
        return
    file: Path = request.getfixturevalue("file")
    file.parent.mkdir(parents=True)
    shutil.copy(request.getfixturevalue("migrated_file"), file)
    yield f"sqlite+aiosqlite:///{file}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


@pytest.fixture
def program(tmp_path: Path) -> FakeProgram:
    """What a retraining says that is started."""
    return FakeProgram(tmp_path)


@pytest.fixture
async def process(program: FakeProgram) -> AsyncIterator[RetrainProcess]:
    process = RetrainProcess(program.command, dict(os.environ))
    yield process
    await process.close()


@pytest.fixture
def remote(database: Database, registry: Registry) -> RemoteRetraining:
    return RemoteRetraining(database, registry, [ALEX["id"]])


@pytest.fixture
def retraining(process: RetrainProcess, remote: RemoteRetraining) -> RetrainingRunner:
    return RetrainingRunner(process, remote, can_train=lambda: True, watch_command="the command")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)  # of the developer's environment
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        telegram_bot_token=TOKEN,
        bot_admins={ALEX["id"]},
        bot_data_dir=tmp_path,
    )


@pytest.fixture
async def application(
    settings: Settings,
    telegram: FakeTelegram,
    inference: Inference,
    database: Database,
    registry: Registry,
    retraining: RetrainingRunner,
) -> AsyncIterator[MoodApplication]:
    bot = fake_bot(telegram)
    http = httpx.AsyncClient(transport=httpx.MockTransport(telegram.serve_file))
    admins = settings.bot_admins
    services = Services(
        settings=settings,
        inference=inference,
        downloads=Downloads(FileDownloader(bot, http)),
        chat_action=ChatActionSender(bot, after_s=0),
        command_menus=CommandMenus(bot, database, admins),
        database=database,
        housekeeper=Housekeeper(database),
        languages=Languages(database),
        registry=registry,
        retraining=RetrainingService(retraining, database, registry, admins),
        retraining_notifier=RetrainingNotifier(
            bot, database, registry, retraining, admins, edit_every_s=0
        ),
    )
    application = build_application(bot, services, quiet_s=0.05)
    async with application:
        yield application


@pytest.fixture
def anna(application: MoodApplication, telegram: FakeTelegram) -> FakeUser:
    return FakeUser(application, telegram)
