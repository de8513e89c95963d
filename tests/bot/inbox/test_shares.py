"""How many updates one person, channel or group may have in hand."""

import asyncio

from bot.inbox.inbox import MAX_IN_HAND, Inbox
from bot.inbox.item import Refused
from tests.support.inbox_updates import UNPARSABLE, Handlers, begin, message, part


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


async def test_an_album_whose_first_picture_was_refused_is_refused_as_a_whole(
    inbox: Inbox, handlers: Handlers
) -> None:
    handlers.gate.clear()
    await inbox.accept([message(number) for number in range(1, 1 + MAX_IN_HAND // 2)])
    await inbox.accept([part(101)])
    handlers.gate.set()
    await inbox.wait_until_empty()
    await inbox.accept([part(102), message(103)])  # now there would be room
    await inbox.wait_until_empty()
    refused = handlers.begun[MAX_IN_HAND // 2 :]
    assert [type(one) for one in refused] == [Refused, int]
    assert refused[1] == 103
