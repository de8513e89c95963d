"""How admins are notified of the end of a retraining."""

import asyncio
from typing import Any

from telegram.request import RequestData

from bot.retraining.process import RetrainProcess
from bot.services.retraining_notifier import RetrainingNotifier
from bot.storage.database import Database
from bot.storage.run_notifications import unnotified_runs
from bot.storage.runs import State
from model.registry.registry import Registry
from tests.support.fake_telegram import ALEX, BEN, FakeTelegram, fake_bot
from tests.support.retraining_runs import begin_run, finish_run

ADMIN = ALEX["id"]


class FloodedChat(FakeTelegram):
    """Lets one admin's chat wait."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Answer at once, except in that chat."""
        if request_data and request_data.parameters.get("chat_id") == ADMIN:
            await self.over.wait()
        return await super().do_request(url, method, request_data)

    def notified(self) -> list[int]:
        """Return the ids of the admins who were notified, in order."""
        return [call["chat_id"] for call in self.called("sendMessage")]


async def test_an_admin_whose_chat_has_to_wait_holds_up_no_other(
    database: Database, registry: Registry, retraining: RetrainProcess
) -> None:
    telegram, ben = FloodedChat(), BEN["id"]
    notifier = RetrainingNotifier(
        fake_bot(telegram), database, registry, retraining, [ADMIN, ben], max_wait_s=0.1
    )
    for _ in range(2):
        await finish_run(database, await begin_run(database, by=None), State.STOPPED)
        async with asyncio.timeout(10):
            await notifier.update()
    assert telegram.notified() == [ben, ben]
    telegram.over.set()
    await notifier.update()
    assert telegram.notified() == [ben, ben, ADMIN, ADMIN]
    assert await unnotified_runs(database) == []
