import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.context import MoodApplication
from model.registry.registry import Registry
from tests.support.fake_user import change_settings
from tests.support.model_versions import SECOND, THIRD, model_folder
from tests.support.reviewing import ADMINS


@pytest.fixture
async def retraining_service(application: MoodApplication) -> AsyncIterator[None]:
    """The retraining service runs, as in a bot that runs."""
    work = asyncio.create_task(application.services.retraining_notifier.run())
    yield
    work.cancel()
    await asyncio.wait({work})


@pytest.fixture
def versions(registry: Registry, tmp_path: Path) -> Registry:
    """Three versions, of which the second serves."""
    for name, day in ((SECOND, "2026-12-01"), (THIRD, "2026-12-02")):
        registry.add(model_folder(tmp_path / "made", name, day))
    registry.promote(SECOND)
    return registry


@pytest.fixture
def two_admins(application: MoodApplication) -> None:
    """Alex and Ben may review."""
    change_settings(application, bot_admins=ADMINS)
