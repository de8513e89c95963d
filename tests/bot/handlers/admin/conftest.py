import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.context import MoodApplication


@pytest.fixture
async def retraining_service(application: MoodApplication) -> AsyncIterator[None]:
    """The retraining service runs, as in a bot that runs."""
    work = asyncio.create_task(application.services.retraining_notifier.run())
    yield
    work.cancel()
    await asyncio.wait({work})
