import asyncio
import logging

import pytest
from telegram import Update
from telegram.error import NetworkError

from bot import backoff
from bot.errors import RejectedTokenError
from bot.transport import incoming_updates
from bot.transport.incoming_updates import PendingCallbacks, Poller, UpdateProcessor
from tests.support.fake_telegram import FakeTelegram, Json, fake_bot

CONFLICT = (409, {"ok": False, "description": "Conflict: terminated by other getUpdates request"})
UNAUTHORIZED = (401, {"ok": False, "description": "Unauthorized"})
FLOODED = (429, {"ok": False, "description": "Too Many", "parameters": {"retry_after": 1}})


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "MIN_PAUSE_S", 0.0)
    monkeypatch.setattr(backoff, "MAX_PAUSE_S", 0.0)
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


def update(number: int) -> Json:
    chat = {"id": 1, "type": "private"}
    return {"update_id": number, "message": {"message_id": number, "date": 0, "chat": chat}}


def tap(number: int) -> Json:
    person = {"id": 1, "is_bot": False, "first_name": "Anna"}
    return {"update_id": number, "callback_query": {"id": "1", "from": person, "chat_instance": ""}}


class Poll:
    """A poller that fetches from a fake Telegram."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self.queue: asyncio.Queue[object] = asyncio.Queue()
        self.pending = PendingCallbacks()
        self.poller = Poller(fake_bot(telegram), self.queue, ["message"], self.pending)

    async def fetch(self, count: int) -> list[int]:
        """Run until a number of updates have come, and return their ids."""
        task = asyncio.ensure_future(self.poller.run())
        numbers = []
        async with asyncio.timeout(10):
            for _ in range(count):
                fetched = await self.queue.get()
                assert isinstance(fetched, Update)
                numbers.append(fetched.update_id)
        task.cancel()
        await asyncio.wait({task})
        return numbers


async def test_updates_come_in_order_and_are_requested_once(telegram: FakeTelegram) -> None:
    telegram.updates.extend([[update(5), update(6)], [update(7)]])
    assert await Poll(telegram).fetch(3) == [5, 6, 7]
    offsets = [call.get("offset") for call in telegram.called("getUpdates")]
    assert offsets[:2] == [None, 7]


async def test_later_updates_are_requested_only_after_a_tap_was_handled(
    telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming_updates, "MAX_CALLBACK_WAIT_S", 60.0)
    telegram.updates.extend([[tap(5)], [update(6)]])
    poll = Poll(telegram)
    task = asyncio.ensure_future(poll.poller.run())
    async with asyncio.timeout(10):
        pressed = await poll.queue.get()
        assert len(telegram.called("getUpdates")) == 1
        poll.pending.remove(pressed)
        await poll.queue.get()
    assert telegram.called("getUpdates")[1]["offset"] == 6
    task.cancel()
    await asyncio.wait({task})


async def test_a_slow_tap_does_not_delay_other_updates(
    telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming_updates, "MAX_CALLBACK_WAIT_S", 0.01)
    telegram.updates.append([tap(5)])
    poll = Poll(telegram)
    assert await poll.fetch(1) == [5]
    await poll.pending.wait(0.01)
    monkeypatch.setattr(incoming_updates, "MAX_CALLBACK_WAIT_S", 60.0)  # more than the test has
    telegram.updates.extend([[update(6)], [update(7)]])
    assert await poll.fetch(2) == [6, 7]


async def test_the_last_batch_is_confirmed_at_the_end(telegram: FakeTelegram) -> None:
    telegram.updates.append([update(5)])
    poll = Poll(telegram)
    await poll.fetch(1)
    await poll.poller.confirm()
    last = telegram.called("getUpdates")[-1]
    assert last["offset"] == 6
    assert not last.get("timeout")


async def test_without_updates_there_is_nothing_to_confirm(telegram: FakeTelegram) -> None:
    await Poll(telegram).poller.confirm()
    assert telegram.called("getUpdates") == []


async def test_a_failed_confirmation_is_ignored(telegram: FakeTelegram) -> None:
    telegram.updates.append([update(5)])
    poll = Poll(telegram)
    await poll.fetch(1)
    telegram.fail("getUpdates", NetworkError("gone"))
    await poll.poller.confirm()


async def test_a_lost_network_is_logged_once_at_each_end(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    telegram.fail("getUpdates", *[NetworkError("gone")] * 5)
    telegram.updates.append([update(5)])
    assert await Poll(telegram).fetch(1) == [5]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "cannot be reached" in caplog.messages[0]
    assert "can be reached again" in caplog.messages[1]


async def test_a_second_poller_is_logged_once(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fail("getUpdates", CONFLICT, CONFLICT, CONFLICT)
    telegram.updates.append([update(5)])
    assert await Poll(telegram).fetch(1) == [5]
    complaints = [message for message in caplog.messages if "409" in message]
    assert len(complaints) == 1
    assert "same token" in complaints[0]
    assert not caplog.records[0].exc_info


async def test_a_revoked_token_ends_the_polling(telegram: FakeTelegram) -> None:
    telegram.fail("getUpdates", UNAUTHORIZED)
    with pytest.raises(RejectedTokenError):
        await Poll(telegram).poller.run()


async def test_the_poller_waits_for_the_end_of_a_flood_limit(telegram: FakeTelegram) -> None:
    telegram.fail("getUpdates", FLOODED)
    telegram.updates.append([update(5)])
    started = asyncio.get_running_loop().time()
    assert await Poll(telegram).fetch(1) == [5]
    assert asyncio.get_running_loop().time() - started >= 0.9


async def test_updates_are_handled_concurrently() -> None:
    processor = UpdateProcessor(PendingCallbacks())
    both = asyncio.Barrier(2)
    async with asyncio.timeout(5):
        await asyncio.gather(*(processor.process_update(None, both.wait()) for _ in range(2)))


async def test_running_updates_can_be_cancelled() -> None:
    processor = UpdateProcessor(PendingCallbacks())
    begun = asyncio.Event()

    async def never_ends() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(processor.process_update(None, never_ends()))
    await begun.wait()
    assert processor.cancel_all() == 1
    with pytest.raises(asyncio.CancelledError):
        await task
    assert processor.cancel_all() == 0


async def test_a_handled_tap_does_not_hold_up_polling() -> None:
    pending = PendingCallbacks()
    tapped = Update.de_json(tap(5), None)
    pending.add(tapped)
    await UpdateProcessor(pending).process_update(tapped, asyncio.sleep(0))
    async with asyncio.timeout(5):
        await pending.wait(60)
