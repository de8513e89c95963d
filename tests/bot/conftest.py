"""The bot without network and without model."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.activity import Activity
from bot.albums import Albums
from bot.app import build_application
from bot.context import MoodApplication, Services
from bot.housekeeping import Housekeeper
from bot.inference import Inference
from bot.processing import InHand
from bot.storage.database import Database, open_database
from tests.bot.fakes import ALEX, Chatter, FakePredictor, FakeTelegram, fake_bot, fake_drawing


@pytest.fixture
def telegram() -> FakeTelegram:
    return FakeTelegram()


@pytest.fixture
def predictor() -> FakePredictor:
    return FakePredictor()


@pytest.fixture
async def inference(predictor: FakePredictor) -> AsyncIterator[Inference]:
    inference = Inference(predictor, fake_drawing, workers=2, waiting=3)
    yield inference
    predictor.gate.set()
    inference.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "bot.sqlite3"


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite+aiosqlite:///{file}") as database:
        yield database


@pytest.fixture
async def application(
    telegram: FakeTelegram, inference: Inference, database: Database
) -> AsyncIterator[MoodApplication]:
    bot = fake_bot(telegram)
    services = Services(
        inference,
        Activity(bot),
        database,
        Housekeeper(database),
        admins=frozenset({ALEX["id"]}),
        albums=Albums(quiet_s=0.05),
    )
    application = build_application(bot, services, InHand())
    async with application:
        yield application


@pytest.fixture
def anna(application: MoodApplication, telegram: FakeTelegram) -> Chatter:
    return Chatter(application, telegram)
