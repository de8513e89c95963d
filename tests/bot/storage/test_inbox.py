from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.storage import inbox, users
from bot.storage.database import Database
from bot.storage.inbox import KEEP_IDS_S, MAX_APOLOGIES, Handled, NewUpdate
from bot.storage.schema import daily_counts
from bot.storage.schema import inbox as table
from bot.storage.users import PhotoRequest
from tests.support.stored_answers import ANNA, NOW

UPDATE = NewUpdate(update_id=700, kind="message", chat_id=1, user_id=1, content="{}")


async def states(database: Database) -> dict[int, str]:
    async with database.reading() as connection:
        rows = await connection.execute(select(table.c.update_id, table.c.state))
        return {row.update_id: row.state for row in rows}


async def test_ids_are_kept_as_long_as_telegram_may_deliver_an_update_again(
    database: Database,
) -> None:
    others = [replace(UPDATE, update_id=701, content=None), replace(UPDATE, update_id=702)]
    ids = await inbox.add(database, [UPDATE, *others], NOW)
    await inbox.finish(database, [Handled([ids[700]])])
    for later, kept in ((KEEP_IDS_S, {700, 701, 702}), (KEEP_IDS_S + 1, {702})):
        async with database.writing() as connection:
            await inbox.delete_outdated(connection, NOW + later)
        assert set(await states(database)) == kept


async def test_only_new_updates_are_added(database: Database) -> None:
    (first,) = (await inbox.add(database, [UPDATE], NOW)).values()
    await inbox.finish(database, [Handled([first])])
    second = replace(UPDATE, update_id=701)
    assert list(await inbox.add(database, [UPDATE, second], NOW)) == [701]
    assert await states(database) == {700: "done", 701: "pending"}


async def test_a_stop_that_was_asked_for_counts_as_no_attempt(database: Database) -> None:
    await inbox.add(database, [UPDATE], NOW)
    for _ in range(3):
        assert [update.is_set_aside for update in await inbox.take_up(database)] == [False]
        await inbox.reset_attempts(database)
    assert [update.is_set_aside for update in await inbox.take_up(database)] == [False]
    assert [update.is_set_aside for update in await inbox.take_up(database)] == [False]
    for _ in range(MAX_APOLOGIES):
        assert [update.is_set_aside for update in await inbox.take_up(database)] == [True]
    assert await inbox.take_up(database) == []
    assert await states(database) == {700: "set_aside"}


@pytest.mark.parametrize("erased", [False, True])
async def test_a_photo_is_counted_with_its_end_unless_its_user_was_erased(
    database: Database, erased: bool
) -> None:
    request = PhotoRequest(ANNA, ANNA, "a photo", NOW)
    if erased:
        database.erasures.add(ANNA)
    await inbox.finish(database, [Handled([], photo_requests=[request, request])])
    async with database.reading() as connection:
        counts = (await connection.execute(select(daily_counts.c.photos))).scalars().all()
    assert counts == ([] if erased else [2])
    assert await users.check_photo_quota(database, request, 0, 3)
