"""The inbox, with handlers that do what a test says."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.inbox import update_store
from bot.inbox.inbox import MAX_IN_HAND, Inbox
from bot.inbox.item import Album, Payload, Refused, SetAside, Unreadable, update_of
from bot.storage.database import Database
from tests.support.fake_telegram import FakeTelegram, Json, fake_bot

QUIET_S = 0.05
LONG_S = 60.0  # never waited for
UNPARSABLE = {"forward_origin": {"type": "hidden_user", "date": 1422450181}}


def message(number: int, user: int = 1, chat: int | None = None, **content: object) -> Json:
    chat_id = chat or user
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 0,
            "chat": {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup"},
            "from": {"id": user, "is_bot": False, "first_name": "Anna"},
            "text": "a secret",
            **content,
        },
    }


def tap(number: int, user: int = 1) -> Json:
    person = {"id": user, "is_bot": False, "first_name": "Anna"}
    query = {"id": str(number), "from": person, "chat_instance": "", "data": "?"}
    return {"update_id": number, "callback_query": query}


def part(number: int, group: str = "a", user: int = 1) -> Json:
    return message(number, user, media_group_id=group)


class Handlers:
    """Handlers that note what they are given, and wait while the gate is closed."""

    def __init__(self) -> None:
        self.begun: list[object] = []  # update ids; for an album, a tuple; for others, the payload
        self.gate = asyncio.Event()
        self.gate.set()
        self.has_begun = asyncio.Event()

    async def handle(self, payload: Payload) -> None:
        update = update_of(payload)
        if isinstance(payload, Album):
            self.begun.append(tuple(one.update_id for one in payload.updates))
        elif isinstance(payload, Refused | SetAside | Unreadable) or update is None:
            self.begun.append(payload)
        else:
            self.begun.append(update.update_id)
        self.has_begun.set()
        await self.gate.wait()


@pytest.fixture
def handlers() -> Handlers:
    return Handlers()


NewInbox = Callable[..., Inbox]


@pytest.fixture
def new_inbox(database: Database, handlers: Handlers, telegram: FakeTelegram) -> NewInbox:
    """Build an inbox, as a new process does."""

    def build(quiet_s: float = QUIET_S) -> Inbox:
        return Inbox(database, fake_bot(telegram), handlers.handle, quiet_s)

    return build


@pytest.fixture
def inbox(new_inbox: NewInbox) -> Inbox:
    return new_inbox()


def stored(file: Path) -> list[tuple[int, str, str | None]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(
            "SELECT update_id, state, content FROM inbox ORDER BY id"
        ).fetchall()


async def begin() -> None:
    """Let everything begin that can."""
    for _ in range(5):
        await asyncio.sleep(0)


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


async def test_messages_of_a_chat_wait_for_an_album_but_taps_and_other_chats_do_not(
    inbox: Inbox, handlers: Handlers
) -> None:
    await inbox.accept([part(1), message(2), part(3), tap(4), message(5, user=2)])
    await inbox.wait_until_empty()
    assert handlers.begun == [4, 5, (1, 3), 2]


async def test_there_is_room_for_the_rest_of_an_album(
    new_inbox: NewInbox, handlers: Handlers
) -> None:
    inbox = new_inbox(quiet_s=LONG_S)
    handlers.gate.clear()
    crowd = range(101, 100 + MAX_IN_HAND)
    await inbox.accept([*(message(user, user) for user in crowd), part(1)])
    for number in range(2, 11):
        assert inbox.room > 0
        await inbox.accept([part(number)])
    await begin()
    assert handlers.begun[-1] == tuple(range(1, 11))
    assert inbox.room == 0
    handlers.gate.set()
    await inbox.wait_until_empty()


async def test_an_album_of_ten_is_complete_at_once(new_inbox: NewInbox, handlers: Handlers) -> None:
    inbox = new_inbox(quiet_s=LONG_S)
    await inbox.accept([part(number) for number in range(2, 12)])
    await inbox.wait_until_empty()
    assert handlers.begun == [tuple(range(2, 12))]


async def test_albums_do_not_mix(inbox: Inbox, handlers: Handlers) -> None:
    await inbox.accept([part(1), part(2, user=2), part(3, "b"), part(4), part(5, user=2)])
    await inbox.wait_until_empty()
    assert sorted(map(str, handlers.begun)) == ["(1, 4)", "(2, 5)", "(3,)"]


async def test_an_album_is_in_the_order_in_which_it_was_sent(
    inbox: Inbox, handlers: Handlers
) -> None:
    await inbox.accept([part(3), part(1), part(2)])
    await inbox.wait_until_empty()
    assert handlers.begun == [(1, 2, 3)]


async def test_an_album_that_is_still_arriving_is_left_to_the_next_process(
    new_inbox: NewInbox, handlers: Handlers, file: Path
) -> None:
    inbox = new_inbox(quiet_s=LONG_S)
    await inbox.accept([part(1), message(2), message(3, user=2)])
    await inbox.close(grace_s=LONG_S, storage_s=LONG_S)
    assert handlers.begun == [3]
    assert [state for _, state, _ in stored(file)] == ["pending", "pending", "done"]
    restarted = new_inbox()
    await restarted.take_up()
    await restarted.accept([part(4)])
    await restarted.wait_until_empty()
    assert handlers.begun == [3, (1, 4), 2]


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


async def test_a_flooder_gets_half_of_the_places_and_the_others_are_served(
    inbox: Inbox, handlers: Handlers
) -> None:
    handlers.gate.clear()
    await inbox.accept([message(number) for number in range(1, 100)])
    await begin()
    refused = [one for one in handlers.begun if isinstance(one, Refused)]
    assert len(handlers.begun) - len(refused) == MAX_IN_HAND // 2
    assert [one.is_first for one in refused] == [True] + [False] * (len(refused) - 1)
    assert refused[0].in_hand == MAX_IN_HAND // 2
    handlers.gate.set()
    await inbox.wait_until_empty()
    handlers.gate.clear()
    handlers.begun.clear()
    await inbox.accept([message(number) for number in range(101, 151)])
    await inbox.accept([message(200 + user, user) for user in range(2, 12)])
    await begin()
    assert not any(isinstance(one, Refused) for one in handlers.begun)


async def test_unreadable_messages_of_a_flooder_leave_room_for_the_others(
    inbox: Inbox, handlers: Handlers
) -> None:
    handlers.gate.clear()
    await inbox.accept([message(number, **UNPARSABLE) for number in range(1, MAX_IN_HAND)])
    await begin()
    assert len(handlers.begun) == MAX_IN_HAND // 2
    assert inbox.room == MAX_IN_HAND // 2
    handlers.gate.set()
    await inbox.wait_until_empty()


async def test_a_channel_whose_posts_are_forwarded_has_a_share_of_its_own(
    inbox: Inbox, handlers: Handlers
) -> None:
    # For all channels, Telegram fills in the same user.
    handlers.gate.clear()
    for channel in (-7, -8):
        await inbox.accept(
            [
                message(
                    number - 100 * channel,
                    user=777000,
                    chat=channel - 100,
                    sender_chat={"id": channel, "type": "channel"},
                )
                for number in range(30)
            ]
        )
    await begin()
    assert not any(isinstance(one, Refused) for one in handlers.begun)
    handlers.gate.set()
    await inbox.wait_until_empty()


async def test_a_group_whose_answers_wait_leaves_room_for_other_chats(
    inbox: Inbox, handlers: Handlers
) -> None:
    handlers.gate.clear()
    await inbox.accept([message(user, user, chat=-7) for user in range(1, MAX_IN_HAND + 1)])
    await begin()
    refused = [one for one in handlers.begun if isinstance(one, Refused)]
    assert len(handlers.begun) - len(refused) == MAX_IN_HAND * 2 // 3 + 1
    assert [one.is_first for one in refused] == [True] + [False] * (len(refused) - 1)
    handlers.gate.set()
    await inbox.wait_until_empty()


async def test_no_more_are_fetched_than_there_is_room_for(inbox: Inbox, handlers: Handlers) -> None:
    handlers.gate.clear()
    await inbox.accept([message(user, user) for user in range(1, MAX_IN_HAND + 1)])
    assert inbox.room == 0
    waiting = asyncio.ensure_future(inbox.wait_for_room())
    await begin()
    assert not waiting.done()
    handlers.gate.set()
    assert await waiting > 0
    await inbox.wait_until_empty()


@pytest.fixture
async def locked(file: Path, database: Database) -> AsyncIterator[sqlite3.Connection]:
    """Another program that writes; it ends with `rollback`."""
    assert database
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_while_the_database_is_locked_updates_are_confirmed_once_they_are_handled(
    inbox: Inbox,
    handlers: Handlers,
    locked: sqlite3.Connection,
    file: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    handlers.gate.clear()
    accepting = asyncio.ensure_future(inbox.accept([message(5)]))
    again = asyncio.ensure_future(inbox.accept([message(5)]))
    await handlers.has_begun.wait()
    assert not accepting.done()
    assert not again.done()
    handlers.gate.set()
    await asyncio.gather(accepting, again)
    assert handlers.begun == [5]
    assert "Updates cannot be stored" in caplog.text
    await inbox.wait_until_stored()  # there is nothing to store
    assert "cannot be marked as done" not in caplog.text
    for number in (6, 7):
        accepting = asyncio.ensure_future(inbox.accept([message(number)]))
        await begin()
        assert handlers.begun[-1] == number  # it did not wait for the lock
        await accepting
    locked.execute("ROLLBACK")
    assert stored(file) == []


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_a_stop_while_the_database_is_locked_says_what_is_true(
    inbox: Inbox, handlers: Handlers, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handlers.gate.clear()
    await inbox.accept([message(5)])
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        handlers.gate.set()
        await begin()
        await inbox.close(grace_s=0.1, storage_s=0.1)
    assert [text.partition(":")[0] for text in caplog.messages] == [
        "The last updates may be handled again"
    ]


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_updates_are_confirmed_as_soon_as_the_database_can_be_written_again(
    inbox: Inbox,
    handlers: Handlers,
    locked: sqlite3.Connection,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(update_store, "STORE_AGAIN_S", 0.05)
    monkeypatch.setattr(update_store, "AFTER_FAILURE_S", 0.05)
    handlers.gate.clear()
    accepting = asyncio.ensure_future(inbox.accept([message(5)]))
    await handlers.has_begun.wait()
    locked.execute("ROLLBACK")
    await accepting
    assert [state for _, state, _ in stored(file)] == ["pending"]
    handlers.gate.set()
    await inbox.wait_until_empty()
    assert stored(file) == [(5, "done", None)]


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
