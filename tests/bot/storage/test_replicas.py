"""Two bots on one PostgreSQL server, each with connections of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import Table, func, select

from bot.errors import AnswerNotFoundError, CorrectionLimitError
from bot.storage import answers, inbox, reviews, user_data, users
from bot.storage import database as storage
from bot.storage.accepted_labels import Decision
from bot.storage.answers import AnswerKey, Question
from bot.storage.corrections import Tap
from bot.storage.database import Database, open_database
from bot.storage.inbox import NewUpdate
from bot.storage.labels import Label
from bot.storage.reviews import Review, ReviewOutcome
from bot.storage.schema import answers as answer_table
from bot.storage.schema import corrections, daily_counts, faces, photos, processed_taps
from tests.support import postgres_server
from tests.support.stored_answers import (
    ALEX,
    ANNA,
    BEN,
    NOW,
    WEEK_S,
    correct,
    new_photo,
    store_answer,
)

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")

ROUNDS = 10


@pytest.fixture
async def replicas(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Database]]:
    monkeypatch.setattr(storage, "MAX_WAIT_S", 60.0)  # nobody gives up on a slow machine
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_database(database_url)) for _ in range(2)]


async def count(database: Database, table: Table) -> int:
    async with database.reading() as connection:
        query = select(func.count()).select_from(table)
        return int((await connection.execute(query)).scalar_one())


def tap(number: int, answer: AnswerKey) -> Tap:
    return Tap(id=f"tap {number}", answer=answer, user_id=ANNA, is_admin=False, now=NOW)


async def test_a_tap_is_claimed_by_one(replicas: list[Database]) -> None:
    for number in range(ROUNDS):
        claims = (users.claim_callback(one, f"tap {number}", ANNA, NOW) for one in replicas)
        assert sorted(await asyncio.gather(*claims)) == [False, True]


async def test_a_tap_that_arrives_at_both_is_one_correction(replicas: list[Database]) -> None:
    answer = await store_answer(replicas[0])
    for number in range(ROUNDS):
        label = (Label.SAD, Label.HAPPY)[number % 2]
        await asyncio.gather(*(correct(one, tap(number, answer.key), 0, label) for one in replicas))
    assert await count(replicas[0], corrections) == ROUNDS
    assert await count(replicas[0], processed_taps) == ROUNDS


async def test_a_quota_holds_for_both_together(replicas: list[Database]) -> None:
    answer = await store_answer(replicas[0], new_photo(*[0.9] * 10))
    ended = await asyncio.gather(
        *(
            correct(replicas[face % 2], tap(face, answer.key), face, Label.SAD, max_per_day=6)
            for face in range(10)
        ),
        return_exceptions=True,
    )
    refused = [error for error in ended if isinstance(error, CorrectionLimitError)]
    assert len(refused) == 4
    assert await count(replicas[0], corrections) == 6
    async with replicas[1].reading() as connection:
        assert (await connection.execute(select(daily_counts.c.corrections))).scalar_one() == 6


async def test_of_two_admins_one_decides(replicas: list[Database]) -> None:
    answer = await store_answer(replicas[0], new_photo(*[0.9] * ROUNDS))
    for face in range(ROUNDS):
        await correct(replicas[0], tap(face, answer.key), face, Label.SAD)
    for number in range(ROUNDS):
        pending = await reviews.next_pending(replicas[0], frozenset({ALEX, BEN}))
        assert pending is not None
        decisions = (
            Review(f"review {number} of {admin}", admin, pending.key, Decision.ACCEPTED, NOW)
            for admin in (ALEX, BEN)
        )
        decided = await asyncio.gather(
            *(reviews.decide(one, review) for one, review in zip(replicas, decisions, strict=True))
        )
        assert Counter(outcome for outcome, _ in decided) == {
            ReviewOutcome.STORED: 1,
            ReviewOutcome.DECIDED: 1,
        }


async def test_updates_that_arrive_at_both_are_stored_once(replicas: list[Database]) -> None:
    album = [
        NewUpdate(update_id=number, kind="message", chat_id=ANNA, user_id=ANNA, content="{}")
        for number in range(ROUNDS)
    ]
    one, other = await asyncio.gather(*(inbox.add(replica, album, NOW) for replica in replicas))
    assert sorted([*one, *other]) == list(range(ROUNDS))


async def test_the_photos_of_an_album_are_stored_once(replicas: list[Database]) -> None:
    for number in range(ROUNDS):
        album = [
            new_photo(0.9, name=f"{number} {position}", position=position) for position in (0, 1)
        ]
        question = Question(ANNA, ANNA, number, NOW)
        await asyncio.gather(
            *(answers.record(one, question, album, NOW, WEEK_S) for one in replicas)
        )
    assert await count(replicas[0], photos) == 2 * ROUNDS
    assert await count(replicas[0], faces) == 2 * ROUNDS


async def test_of_an_erased_user_nothing_is_left(replicas: list[Database]) -> None:
    for number in range(ROUNDS):
        answer = await store_answer(replicas[0], message=number)
        erased, corrected = await asyncio.gather(
            user_data.erase(replicas[0], ANNA),
            correct(replicas[1], tap(number, answer.key), 0, Label.SAD),
            return_exceptions=True,
        )
        assert isinstance(erased, user_data.UserCounts)
        assert not isinstance(corrected, Exception) or isinstance(corrected, AnswerNotFoundError)
        for table in (answer_table, photos, faces, corrections):
            assert await count(replicas[1], table) == 0
