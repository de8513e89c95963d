"""Albums, which the inbox gathers."""

from pathlib import Path

from bot.inbox.inbox import MAX_IN_HAND, Inbox
from tests.support.inbox_updates import Handlers, NewInbox, begin, message, part, stored, tap

LONG_S = 60.0  # never waited for


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
    restarted = new_inbox(quiet_s=0.5)  # longer than the next part takes on a busy machine
    await restarted.take_up()
    await restarted.accept([part(4)])
    await restarted.wait_until_empty()
    assert handlers.begun == [3, (1, 4), 2]
