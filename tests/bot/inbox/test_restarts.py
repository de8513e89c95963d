"""What the inbox hands to the next process."""

from pathlib import Path

import pytest

from bot.inbox.item import SetAside
from tests.support.inbox_updates import Handlers, NewInbox, begin, message, part, stored, tap

LONG_S = 60.0  # never waited for


async def test_what_a_process_left_is_handled_by_the_next_one(
    new_inbox: NewInbox, handlers: Handlers
) -> None:
    handlers.gate.clear()
    await new_inbox(quiet_s=LONG_S).accept([message(5), part(6), part(7), tap(8)])
    await begin()
    handlers.begun.clear()
    handlers.gate.set()
    restarted = new_inbox()  # and nothing was closed: the process was killed
    await restarted.take_up()
    await restarted.accept([message(9)])
    await restarted.wait_until_empty()
    assert handlers.begun == [5, 8, (6, 7), 9]


async def test_an_update_is_set_aside_after_two_ended_processes(
    new_inbox: NewInbox, handlers: Handlers, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handlers.gate.clear()
    await new_inbox().accept([message(5)])
    await new_inbox().take_up()
    await begin()
    handlers.begun.clear()
    handlers.gate.set()
    third = new_inbox()
    await third.take_up()
    await third.wait_until_empty()
    (payload,) = handlers.begun
    assert isinstance(payload, SetAside)
    assert stored(file) == [(5, "set_aside", None)]
    assert "Update 5 (message) was in hand when two processes ended" in caplog.text
    assert "secret" not in caplog.text
    fourth = new_inbox()
    await fourth.take_up()
    assert not fourth.in_hand


async def test_an_apology_that_was_not_sent_is_repeated(
    new_inbox: NewInbox, handlers: Handlers, file: Path
) -> None:
    handlers.gate.clear()
    await new_inbox().accept([message(5)])
    await new_inbox().take_up()
    third = new_inbox()
    await third.take_up()
    await begin()
    await third.close(grace_s=0, storage_s=LONG_S)
    await new_inbox().take_up()  # and this one is killed
    await begin()
    handlers.begun.clear()
    handlers.gate.set()
    fifth = new_inbox()
    await fifth.take_up()
    await fifth.wait_until_empty()
    assert [type(one) for one in handlers.begun] == [SetAside]
    assert stored(file) == [(5, "set_aside", None)]


async def test_stops_that_were_asked_for_set_nothing_aside(
    new_inbox: NewInbox, handlers: Handlers
) -> None:
    handlers.gate.clear()
    inbox = new_inbox()
    await inbox.accept([message(5)])
    for _ in range(4):
        await begin()
        await inbox.close(grace_s=0, storage_s=LONG_S)
        inbox = new_inbox()
        await inbox.take_up()
    await begin()
    assert handlers.begun == [5] * 5
