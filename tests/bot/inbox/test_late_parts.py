"""Messages of an album that come late."""

import asyncio

import pytest

from bot.inbox.inbox import Inbox
from bot.inbox.item import Album, Payload
from bot.storage.database import Database
from tests.support.fake_telegram import FakeTelegram, Json, fake_bot

QUIET_S = 0.05


class Answers:
    """Answers albums when the gate is open, and notes which messages each answer is about."""

    def __init__(self) -> None:
        self.given: list[list[int]] = []
        self.has_begun = asyncio.Event()
        self.gate = asyncio.Event()

    async def handle(self, payload: Payload) -> None:
        assert isinstance(payload, Album)
        messages: list[int] = []
        while True:
            messages += [message.message_id for message in payload.take()]
            self.has_begun.set()
            await self.gate.wait()
            if await payload.close():
                break
        self.given.append(messages)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def inbox(database: Database, telegram: FakeTelegram, answers: Answers) -> Inbox:
    return Inbox(database, fake_bot(telegram), answers.handle, QUIET_S)


def part(number: int) -> Json:
    person = {"id": 1, "is_bot": False, "first_name": "Anna"}
    chat = {"id": 1, "type": "private"}
    message = {"message_id": number, "date": 0, "chat": chat, "from": person}
    return {"update_id": number, "message": {**message, "media_group_id": "a"}}


async def test_a_late_part_joins_an_album_that_is_not_answered_yet(
    inbox: Inbox, answers: Answers
) -> None:
    await inbox.accept([part(1), part(2)])
    await answers.has_begun.wait()
    await inbox.accept([part(3)])
    answers.gate.set()
    await inbox.wait_until_empty()
    assert answers.given == [[1, 2, 3]]
    await inbox.accept([part(4)])
    await inbox.wait_until_empty()
    assert answers.given == [[1, 2, 3], [4]]


async def test_no_more_than_ten_messages_are_one_album(inbox: Inbox, answers: Answers) -> None:
    await inbox.accept([part(1)])
    await answers.has_begun.wait()
    await inbox.accept([part(number) for number in range(2, 12)])
    answers.gate.set()
    await inbox.wait_until_empty()
    assert answers.given == [[*range(1, 11)], [11]]


async def test_an_album_that_is_being_answered_is_finished_when_the_bot_stops(
    inbox: Inbox, answers: Answers
) -> None:
    await inbox.accept([part(1)])
    await answers.has_begun.wait()
    closing = asyncio.create_task(inbox.close(grace_s=60, storage_s=60))
    await asyncio.sleep(0)
    answers.gate.set()
    await closing
    assert answers.given == [[1]]
