"""What is read of an update before the library parses it."""

from bot.inbox.received import read
from tests.support.fake_telegram import (
    ANNA,
    ANONYMOUS_ADMIN,
    AS_A_CHANNEL,
    CHANNEL_POST,
    GROUP,
    FakeTelegram,
    Json,
    fake_bot,
)


def test_a_sender_that_all_chats_share_is_not_stored_and_has_no_share() -> None:
    bot = fake_bot(FakeTelegram())
    read_as = {}
    for sender in (CHANNEL_POST, ANONYMOUS_ADMIN, AS_A_CHANNEL, {"from": ANNA}):
        message: Json = {"message_id": 1, "date": 1, "chat": GROUP, "text": "hello", **sender}
        received = read({"update_id": 1, "message": message}, bot)
        assert received is not None
        read_as[message["from"]["id"]] = (received.user_id, received.person)
    assert read_as == {
        777000: (None, -1009),
        1087968824: (None, GROUP["id"]),
        136817688: (None, -1010),
        1001: (1001, 1001),
    }
