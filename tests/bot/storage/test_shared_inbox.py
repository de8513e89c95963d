"""The inbox of two replicas, each with connections of its own to one PostgreSQL server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import select, update

from bot.errors import PhotoLimitError, StorageError, TakenOverError, UserErasedError
from bot.storage import answers, chat_owners, corrections, inbox, replicas, user_data, users
from bot.storage.answers import Question
from bot.storage.chat_owners import KEEP_OWNER_S
from bot.storage.claims import Claim
from bot.storage.corrections import Tap
from bot.storage.database import Database, open_database
from bot.storage.inbox import Handled, NewUpdate
from bot.storage.schema import chat_owners as owner_table
from bot.storage.schema import daily_counts
from bot.storage.schema import inbox as inbox_table
from bot.storage.schema import replicas as replica_table
from bot.storage.users import PhotoRequest
from tests.support import postgres_server
from tests.support.stored_answers import ANNA, BEN, NOW, WEEK_S, new_photo, store_answer

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")

BOT = 123456
PHOTO = '{"photo":[{"file_unique_id":"a"}],"from":{"id":%d,"is_bot":false}}'


class Bot:
    """A replica that stores and reads, and does nothing else.

    Args:
        database: with connections of its own.
        name: its id.
    """

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.name = name

    async def receive(
        self, update_id: int, chat: int | None = ANNA, user: int = ANNA, later: int = 0
    ) -> int:
        """Store an update, a photo; return the id of its row."""
        new = NewUpdate(
            update_id=update_id, kind="message", chat_id=chat, user_id=user, content=PHOTO % user
        )
        added = await replicas.add(self.database, self.name, [new], NOW + later)
        return added.row_ids[update_id]

    async def given(self) -> list[tuple[int, bool]]:
        """Return the ids of the rows that it is to handle, and whether they are set aside."""
        look = await replicas.look(self.database, self.name, (), 100)
        return [(pending.id, pending.is_set_aside) for pending in look.given]

    async def take_over(self) -> None:
        await replicas.take_over(self.database, self.name, drop_silent=True)

    async def fall_silent(self) -> None:
        async with self.database.writing() as connection:
            silent = update(replica_table).where(replica_table.c.id == self.name)
            await connection.execute(silent.values(seen_at=0))

    def claim(self, *row_ids: int) -> Claim:
        return Claim(self.name, row_ids)


@pytest.fixture
async def bots(database_url: str) -> AsyncIterator[list[Bot]]:
    async with AsyncExitStack() as stack:
        bots = [
            Bot(await stack.enter_async_context(open_database(database_url)), name)
            for name in ("first", "second")
        ]
        for bot in bots:
            await replicas.register(bot.database, bot.name, BOT, is_alone=False)
        yield bots


async def test_a_chat_belongs_to_who_received_its_first_update(bots: list[Bot]) -> None:
    first, second = bots
    annas = [await first.receive(1), await second.receive(2)]
    bens = [await second.receive(3, chat=BEN), await first.receive(4, chat=BEN)]
    assert [row for row, _ in await first.given()] == annas
    assert [row for row, _ in await second.given()] == bens


async def test_an_update_without_a_chat_is_the_receivers(bots: list[Bot]) -> None:
    for number, bot in enumerate(bots):
        row = await bot.receive(number, chat=None)
        assert await bot.given() == [(row, False)]


async def test_the_owner_hears_what_others_received_before(bots: list[Bot]) -> None:
    first, second = bots
    await first.receive(1)
    handed = await second.receive(2)
    await second.receive(3, chat=BEN)
    new = NewUpdate(update_id=4, kind="message", chat_id=ANNA, user_id=ANNA, content="{}")
    added = await replicas.add(first.database, first.name, [new], NOW)
    assert handed in [pending.id for pending in added.earlier]
    assert added.row_ids[4] not in [pending.id for pending in added.earlier]
    assert list(added.elsewhere) == []
    again = await replicas.add(second.database, second.name, [new], NOW)
    assert again.row_ids == {}


async def test_who_is_silent_loses_chats_and_updates_once(bots: list[Bot]) -> None:
    first, second = bots
    rows = [await first.receive(1), await second.receive(2), await first.receive(3, chat=None)]
    assert not (await replicas.look(second.database, second.name, (), 100)).has_silent
    await first.fall_silent()
    look = await replicas.look(second.database, second.name, (), 100)
    assert (look.has_silent, look.has_orphans, look.given) == (True, False, [])
    await replicas.take_over(second.database, second.name, drop_silent=False)
    assert await second.given() == []  # it may only be the server that was away
    await second.take_over()
    assert await second.given() == [(row, False) for row in rows]
    assert await first.given() == []
    heartbeat = replicas.heartbeat(first.name)
    async with first.database.writing() as connection:
        assert (await connection.execute(heartbeat)).rowcount == 0
    # What comes in before it has noticed is another one's.
    late = await first.receive(4, chat=BEN)
    await first.take_over()
    await second.take_over()
    assert (late, False) in await second.given()


async def test_what_was_in_hand_at_two_ends_is_set_aside(bots: list[Bot]) -> None:
    first, second = bots
    row = await first.receive(1)
    await first.fall_silent()
    await second.take_over()
    assert await second.given() == [(row, False)]
    await replicas.register(first.database, "third", BOT, is_alone=False)
    third = Bot(first.database, "third")
    await second.fall_silent()
    await third.take_over()
    assert await third.given() == [(row, True)]


async def test_who_leaves_gives_everything_back(bots: list[Bot]) -> None:
    first, second = bots
    row = await first.receive(1)
    for _ in range(3):
        await replicas.leave(first.database, first.name)
        await replicas.take_over(second.database, second.name, drop_silent=False)
        assert await second.given() == [(row, False)]
        await replicas.register(first.database, first.name, BOT, is_alone=False)
        first, second = second, first


async def test_only_who_has_an_update_stores_something_for_it(bots: list[Bot]) -> None:
    first, second = bots
    answer = await store_answer(first.database)
    row = await first.receive(1)
    await first.fall_silent()
    await second.take_over()
    lost = first.claim(row)
    question, tap = Question(ANNA, ANNA, 2, NOW), Tap("tap", ANNA, False, answer.key, NOW)
    with pytest.raises(TakenOverError):
        await answers.record(first.database, question, [new_photo()], NOW, WEEK_S, lost)
    with pytest.raises(TakenOverError):
        await corrections.correct(first.database, tap, lambda _: {}, claim=lost)
    with pytest.raises(TakenOverError):
        await user_data.erase(first.database, ANNA, claim=lost)
    request = PhotoRequest(ANNA, ANNA, "a photo", NOW)
    await inbox.finish(first.database, [Handled([row], (), [request], lost)])
    assert await second.given() == [(row, False)]
    await inbox.finish(second.database, [Handled([row], (), [request], second.claim(row))])
    assert await second.given() == []
    async with first.database.reading() as connection:
        counts = await connection.execute(select(daily_counts.c.photos))
        assert counts.scalars().all() == [1]


@pytest.mark.parametrize("sender", [ANNA, BEN], ids=["their own", "of somebody who names them"])
async def test_an_erasure_stops_what_others_have_in_hand(bots: list[Bot], sender: int) -> None:
    first, second = bots
    await store_answer(first.database)
    new = NewUpdate(update_id=1, kind="message", chat_id=-5, user_id=sender, content=PHOTO % ANNA)
    added = await replicas.add(first.database, first.name, [new], NOW)
    other = await first.receive(2, chat=BEN, user=BEN * 10)
    request = await second.receive(3)
    assert await user_data.erase(second.database, ANNA, 3, second.claim(request)) is not None
    question = Question(ANNA, -5, 2, NOW)
    claim = first.claim(*added.row_ids.values())
    with pytest.raises(UserErasedError):
        await answers.record(first.database, question, [new_photo()], NOW, WEEK_S, claim)
    assert await first.given() == [(other, False)]
    async with first.database.reading() as connection:
        left = select(inbox_table.c.content).where(inbox_table.c.content.contains(str(ANNA)))
        assert (await connection.execute(left)).all() == []
        owned = (await connection.execute(select(owner_table.c.chat_id))).scalars().all()
        assert ANNA not in owned


async def test_of_two_photos_at_two_replicas_the_first_gets_the_last_place(
    bots: list[Bot],
) -> None:
    first, second = bots
    request = PhotoRequest(ANNA, ANNA, "a photo", NOW)
    earlier, later = await first.receive(1), await second.receive(2, chat=-5)
    with pytest.raises(PhotoLimitError):
        await users.check_photo_quota(second.database, request, 0, 1, second.claim(later))
    assert await users.check_photo_quota(first.database, request, 0, 1, first.claim(earlier))
    await inbox.finish(first.database, [Handled([earlier], (), [request], first.claim(earlier))])
    with pytest.raises(PhotoLimitError):
        await users.check_photo_quota(second.database, request, 0, 1, second.claim(later))


async def test_at_one_replica_a_photo_that_came_first_goes_first(bots: list[Bot]) -> None:
    first, second = bots
    request = PhotoRequest(ANNA, ANNA, "a photo", NOW)
    rows = [await first.receive(1), await second.receive(2, chat=-5), await first.receive(3)]

    async def passes(bot: Bot, row: int, in_hand: int = 0, decided: Sequence[int] = ()) -> bool:
        claim = bot.claim(row)
        try:
            return await users.check_photo_quota(bot.database, request, in_hand, 2, claim, decided)
        except PhotoLimitError:
            return False

    # The later one is asked about first.
    assert not await passes(first, rows[2])
    assert await passes(second, rows[1])
    assert await passes(first, rows[0], decided=[rows[2]])
    assert not await passes(first, rows[2], in_hand=1, decided=rows[:1])


async def test_another_bot_is_refused(bots: list[Bot]) -> None:
    with pytest.raises(StorageError, match=f"the bot with the id {BOT} uses it"):
        await replicas.register(bots[0].database, "other", BOT + 1, is_alone=False)
    for bot in bots:
        await bot.fall_silent()
    await replicas.register(bots[0].database, "other", BOT + 1, is_alone=False)


async def test_those_are_counted_that_are_heard_of(bots: list[Bot]) -> None:
    first, second = bots
    assert await replicas.count(first.database) == 2
    await first.fall_silent()
    assert await replicas.count(first.database) == 1
    await replicas.leave(second.database, second.name)
    assert await replicas.count(first.database) == 0


async def test_a_chat_without_updates_has_no_owner_after_some_minutes(bots: list[Bot]) -> None:
    first, second = bots
    done = await first.receive(1)
    await first.receive(2, chat=BEN)
    await inbox.finish(first.database, [Handled([done], claim=first.claim(done))])
    for later, owned in ((KEEP_OWNER_S, {ANNA, BEN}), (KEEP_OWNER_S + 1, {BEN})):
        async with second.database.writing() as connection:
            await chat_owners.delete_outdated(connection, NOW + later)
            chats = (await connection.execute(select(owner_table.c.chat_id))).scalars()
            assert set(chats) == owned


async def test_a_chat_that_was_silent_goes_to_who_receives_its_next_update(
    bots: list[Bot],
) -> None:
    first, second = bots
    done, waits = await first.receive(1), await first.receive(2, chat=BEN)
    await inbox.finish(first.database, [Handled([done], claim=first.claim(done))])
    annas = await second.receive(3, later=KEEP_OWNER_S)
    assert (annas, False) in await first.given()
    await inbox.finish(first.database, [Handled([annas], claim=first.claim(annas))])
    annas = await second.receive(4, later=2 * KEEP_OWNER_S + 1)
    assert await second.given() == [(annas, False)]
    # As long as something waits, the order of the chat could not be kept.
    bens = await second.receive(5, chat=BEN, later=2 * KEEP_OWNER_S)
    assert await first.given() == [(waits, False), (bens, False)]
