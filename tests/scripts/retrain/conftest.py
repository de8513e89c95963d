import asyncio
import shutil
from pathlib import Path

import pytest

from bot.storage.database import open_database
from tests.support.labelled_faces import label_faces
from tests.support.retraining_command import SAMPLES
from tests.support.retraining_process import ADMIN
from tests.support.stored_answers import address


@pytest.fixture(scope="session")
def labeled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a bot that an admin has corrected."""
    file = tmp_path_factory.mktemp("labeled") / "bot.sqlite3"

    async def fill() -> None:
        async with open_database(address(file)) as database:
            await label_faces(database, range(SAMPLES), ADMIN)

    asyncio.run(fill())
    return file


@pytest.fixture
def data(labeled: Path, tmp_path: Path) -> Path:
    """The data folder of that bot."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(labeled, folder)
    return folder
