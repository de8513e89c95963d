"""How admins are notified of the end of a retraining."""

import asyncio
from typing import Any

from telegram.request import RequestData

from bot.errors import NobodyRetrainsError
from bot.retraining.remote import RemoteRetraining
from bot.retraining.runner import RetrainingRunner
from bot.services.retraining_notifier import RetrainingNotifier
from bot.storage import retraining_requests
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
    database: Database, registry: Registry, retraining: RetrainingRunner
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


async def test_all_admins_are_told_that_nobody_can_do_a_scheduled_retraining(
    database: Database, registry: Registry, retraining: RetrainingRunner, telegram: FakeTelegram
) -> None:
    notifier = RetrainingNotifier(
        fake_bot(telegram), database, registry, retraining, [ADMIN, BEN["id"]]
    )
    await notifier.tell_nobody_retrains(NobodyRetrainsError("the command"))
    assert {call["chat_id"] for call in telegram.called("sendMessage")} == {ADMIN, BEN["id"]}
    assert telegram.texts[-1].startswith("It is time to retrain as you have set, but nobody can")
    assert "\nthe command\n" in telegram.texts[-1]


async def test_a_request_that_fails_is_told_even_if_nobody_watches_its_progress(
    database: Database,
    registry: Registry,
    retraining: RetrainingRunner,
    remote: RemoteRetraining,
    telegram: FakeTelegram,
) -> None:
    notifier = RetrainingNotifier(fake_bot(telegram), database, registry, retraining, [ADMIN])
    await remote.start(None)
    await retraining_requests.claim(database, "a watcher that is gone")
    for _ in range(2):
        await remote.update()
        await notifier.update()
    (told,) = telegram.called("sendMessage")
    assert told["chat_id"] == ADMIN
    assert "photo-mood retrain --watch, has not been heard of" in told["text"]
    assert await retraining_requests.load(database) is None
