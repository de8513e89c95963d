import asyncio
import logging

import pytest
from telegram.error import NetworkError

from bot.errors import RejectedTokenError
from bot.inbox import poller
from bot.inbox.inbox import Inbox
from bot.inbox.item import Payload, update_of
from bot.inbox.poller import Poller
from bot.storage.database import Database
from tests.support.fake_telegram import FakeTelegram, Json, fake_bot

CONFLICT = (409, {"ok": False, "description": "Conflict: terminated by other getUpdates request"})
WEBHOOK_SET = (409, {"ok": False, "description": "Conflict: terminated by setWebhook request"})
WEBHOOK_ACTIVE = (
    409,
    {"ok": False, "description": "Conflict: can't use getUpdates method while webhook is active"},
)
NOT_FOUND = (404, {"ok": False, "description": "Not Found"})
UNAUTHORIZED = (401, {"ok": False, "description": "Unauthorized"})
FLOODED = (429, {"ok": False, "description": "Too Many", "parameters": {"retry_after": 1}})

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.fixture(autouse=True)
def timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the library return pauses as it will in its next version, without a warning."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


def update(number: int) -> Json:
    chat = {"id": number, "type": "private"}
    return {"update_id": number, "message": {"message_id": number, "date": 0, "chat": chat}}


class Poll:
    """A poller that fetches from a fake Telegram."""

    def __init__(self, telegram: FakeTelegram, database: Database) -> None:
        self.handled: asyncio.Queue[int] = asyncio.Queue()
        self.inbox = Inbox(database, fake_bot(telegram), self._handle)
        self.poller = Poller(fake_bot(telegram), self.inbox, ["message"])

    async def fetch(self, count: int) -> list[int]:
        """Run until a number of updates have come, and return their ids."""
        task = asyncio.ensure_future(self.poller.run())
        async with asyncio.timeout(10):
            ids = [await self.handled.get() for _ in range(count)]
        task.cancel()
        await asyncio.wait({task})
        await self.inbox.wait_until_empty()
        return ids

    async def _handle(self, payload: Payload) -> None:
        parsed = update_of(payload)
        assert parsed is not None
        self.handled.put_nowait(parsed.update_id)


@pytest.fixture
def poll(telegram: FakeTelegram, database: Database) -> Poll:
    return Poll(telegram, database)


async def test_updates_come_in_order_and_are_requested_once(
    telegram: FakeTelegram, poll: Poll
) -> None:
    telegram.updates.extend([[update(5), update(6)], [update(7)]])
    assert await poll.fetch(3) == [5, 6, 7]
    offsets = [call.get("offset") for call in telegram.called("getUpdates")]
    assert offsets[:2] == [None, 7]


async def test_a_lost_network_is_logged_once_at_each_end(
    telegram: FakeTelegram, poll: Poll, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    telegram.fail("getUpdates", *[NetworkError("gone")] * 5)
    telegram.updates.append([update(5)])
    assert await poll.fetch(1) == [5]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "cannot be reached" in caplog.messages[0]
    assert "can be reached again" in caplog.messages[1]


async def test_a_second_poller_is_logged_once(
    telegram: FakeTelegram,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    for number in (5, 6):  # the two take turns
        telegram.fail("getUpdates", CONFLICT, CONFLICT, CONFLICT)
        telegram.updates.append([update(number)])
        assert await poll.fetch(1) == [number]
    (complaint,) = caplog.messages
    assert "409" in complaint
    assert "same token" in complaint
    assert not caplog.records[0].exc_info
    monkeypatch.setattr(poller, "ALONE_S", 0.0)
    telegram.updates.append([update(7)])
    assert await poll.fetch(1) == [7]
    assert caplog.messages[1:] == ["This bot gets the updates again"]


async def test_a_webhook_is_told_from_a_second_poller(
    telegram: FakeTelegram, poll: Poll, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    telegram.webhook["url"] = "https://other.example/hidden"
    telegram.fail("getUpdates", CONFLICT, WEBHOOK_SET, WEBHOOK_ACTIVE, WEBHOOK_ACTIVE)
    telegram.updates.append([update(5)])
    assert await poll.fetch(1) == [5]
    complaints = [message for message in caplog.messages if "409" in message]
    assert len(complaints) == 2
    assert "Another program fetches" in complaints[0]
    assert "has set a webhook for this bot, to other.example" in complaints[1]
    assert caplog.messages[-1] == "This bot gets the updates again"


async def test_a_revoked_token_ends_the_polling(telegram: FakeTelegram, poll: Poll) -> None:
    telegram.fail("getUpdates", UNAUTHORIZED)
    telegram.fail("getMe", UNAUTHORIZED)
    with pytest.raises(RejectedTokenError):
        await poll.poller.run()


async def test_one_404_does_not_end_the_polling(telegram: FakeTelegram, poll: Poll) -> None:
    telegram.fail("getUpdates", NOT_FOUND)
    telegram.updates.append([update(5)])
    assert await poll.fetch(1) == [5]


async def test_the_poller_waits_for_the_end_of_a_flood_limit(
    telegram: FakeTelegram, poll: Poll
) -> None:
    telegram.fail("getUpdates", FLOODED)
    telegram.updates.append([update(5)])
    started = asyncio.get_running_loop().time()
    assert await poll.fetch(1) == [5]
    assert asyncio.get_running_loop().time() - started >= 0.9


@pytest.mark.parametrize("answer", [True, {"update_id": 4}, "updates"])
async def test_an_answer_that_is_no_list_is_a_failed_attempt(
    telegram: FakeTelegram, poll: Poll, answer: object
) -> None:
    telegram.fail("getUpdates", (200, {"ok": True, "result": answer}))
    telegram.updates.append([update(5)])
    assert await poll.fetch(1) == [5]


async def test_a_server_that_does_not_wait_is_not_asked_all_the_time(
    telegram: FakeTelegram, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "MIN_EMPTY_POLL_S", 0.2)
    telegram.updates.extend([[], [], [update(5)]])
    started = asyncio.get_running_loop().time()
    assert await poll.fetch(1) == [5]
    assert asyncio.get_running_loop().time() - started >= 0.4


async def test_a_full_batch_means_that_more_may_come(
    telegram: FakeTelegram, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[float] = []
    monkeypatch.setattr(poll.inbox, "note_backlog", noted.append)
    telegram.updates.append([update(number) for number in range(1, poller.MAX_BATCH)])
    await poll.fetch(poller.MAX_BATCH - 1)
    assert noted == []
    telegram.updates.append([update(number) for number in range(200, 200 + poller.MAX_BATCH)])
    await poll.fetch(poller.MAX_BATCH)
    assert noted == [poller.FETCH_AGAIN_S]


async def test_an_id_out_of_range_confirms_nothing(telegram: FakeTelegram, poll: Poll) -> None:
    telegram.updates.extend([[update(5), {"update_id": 2**64}], [update(6)]])
    assert await poll.fetch(2) == [5, 6]
    offsets = [call.get("offset") for call in telegram.called("getUpdates")]
    assert offsets[:2] == [None, 6]


async def test_a_server_that_sends_no_updates_but_something_else_is_not_asked_at_once(
    telegram: FakeTelegram, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "MIN_EMPTY_POLL_S", 30.0)
    telegram.updates.extend([[{"update_id": True}], [update(6)]])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await poll.fetch(1)
    assert len(telegram.called("getUpdates")) == 1


async def test_a_page_of_a_proxy_is_not_quoted_in_the_log(
    telegram: FakeTelegram,
    poll: Poll,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    request = telegram.do_request
    pages = [b"<html>a page</html>"]

    async def with_a_page_first(url: str, *rest: object, **more: object) -> tuple[int, bytes]:
        if pages and url.endswith("getUpdates"):
            return 502, pages.pop()
        return await request(url, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(telegram, "do_request", with_a_page_first)
    telegram.updates.append([update(5)])
    assert await poll.fetch(1) == [5]
    said = [record.message for record in caplog.records if record.name == "bot.inbox.poller"]
    assert said == ["Telegram cannot be reached (Bad Gateway (502)), retrying"]


async def test_a_request_that_does_not_end_is_noticed(
    telegram: FakeTelegram, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def never_ends(*_: object, **__: object) -> tuple[int, bytes]:
        begun.set()
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(telegram, "do_request", never_ends)
    monkeypatch.setattr(poller, "LONG_POLL_S", 0)
    assert not poll.poller.hangs
    task = asyncio.ensure_future(poll.poller.run())
    await begun.wait()
    assert not poll.poller.hangs
    task.cancel()
    await asyncio.wait({task})

    begun.clear()
    monkeypatch.setattr(poller, "MARGIN_S", -1)
    task = asyncio.ensure_future(poll.poller.run())
    await begun.wait()
    assert poll.poller.hangs
    task.cancel()
    await asyncio.wait({task})
