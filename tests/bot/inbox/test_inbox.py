"""How the inbox stores updates and has them handled."""

import json
from pathlib import Path

import pytest

from bot.inbox.inbox import Inbox
from bot.inbox.item import Payload, Unreadable
from bot.storage.database import Database
from tests.support.fake_telegram import FakeTelegram, fake_bot
from tests.support.inbox_updates import UNPARSABLE, Handlers, NewInbox, message, stored


async def test_an_update_is_stored_before_it_is_confirmed_and_erased_when_it_is_handled(
    inbox: Inbox, handlers: Handlers, file: Path
) -> None:
    handlers.gate.clear()
    update = message(5)
    await inbox.accept([update])
    ((number, state, content),) = stored(file)
    assert (number, state, json.loads(content or "")) == (5, "pending", update)
    handlers.gate.set()
    await inbox.wait_until_empty()
    assert stored(file) == [(5, "done", None)]


async def test_an_update_that_comes_again_is_handled_once(
    inbox: Inbox, new_inbox: NewInbox, handlers: Handlers
) -> None:
    await inbox.accept([message(5), message(5)])
    await inbox.accept([message(5)])
    await inbox.wait_until_empty()
    restarted = new_inbox()
    await restarted.take_up()
    await restarted.accept([message(5), message(6)])
    await restarted.wait_until_empty()
    assert handlers.begun == [5, 6]


@pytest.mark.parametrize(
    "broken",
    [
        {"update_id": 5, "message": 7},
        {"update_id": 5, "callback_query": {"id": []}},
        {"update_id": 5, "a kind of the future": {"from": {"id": 1}}, "poll": {}},
        message(5, chat=-7, date=2**40),
        message(5, user=2**70, date=2**40),
        {"update_id": 2**63},
        {"update_id": True},
        {"message": {}},
        {},
        [],
        None,
        "update",
    ],
)
async def test_what_cannot_be_read_is_one_line_and_the_others_go_on(
    inbox: Inbox,
    handlers: Handlers,
    broken: object,
    caplog: pytest.LogCaptureFixture,
    new_inbox: NewInbox,
) -> None:
    await inbox.accept([broken, broken, message(6)])
    await inbox.wait_until_empty()
    assert handlers.begun == [6]
    assert len(caplog.messages) == 1
    assert "secret" not in caplog.text
    restarted = new_inbox()
    await restarted.take_up()
    assert not restarted.in_hand


async def test_the_sender_of_an_unreadable_private_message_is_told(
    inbox: Inbox,
    handlers: Handlers,
    file: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await inbox.accept([message(5, **UNPARSABLE), message(6, chat=-7, **UNPARSABLE)])
    await inbox.wait_until_empty()
    assert handlers.begun == [Unreadable(1, 5, None)]
    assert [state for _, state, _ in stored(file)] == ["set_aside", "set_aside"]
    assert caplog.messages == ["Update 5 (message) cannot be parsed and is set aside: TypeError"]


async def test_an_update_of_another_kind_is_not_called_unreadable(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    await inbox.accept([{"update_id": 5, "poll": {"id": "1"}}])
    await inbox.wait_until_empty()
    assert caplog.messages == ["Update 5 (poll) is set aside: nothing handles this kind"]


async def test_a_handler_that_raises_has_handled_its_update(
    database: Database, telegram: FakeTelegram, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: Payload) -> None:
        raise ValueError

    inbox = Inbox(database, fake_bot(telegram), fail)
    await inbox.accept([message(5)])
    await inbox.wait_until_empty()
    assert stored(file) == [(5, "done", None)]
    assert "could not be handled" in caplog.text
