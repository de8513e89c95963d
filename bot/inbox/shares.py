"""How many updates each person and each chat may have in hand."""

from collections.abc import Collection

from cachetools import TTLCache
from telegram import Update

from bot.inbox.item import Refused
from bot.inbox.received import Received

REFUSAL_EVERY_S = 60.0  # for each person or chat
MAX_REFUSED = 10_000  # people and chats, and as many albums


def find_too_many(
    received: Received, in_hand: Collection[Received], max_in_hand: int
) -> tuple[int | None, int] | None:
    """Return who has too many updates in hand for another one, and how many; None if nobody.

    A person may have as many as there are places left. So one flooder gets half of the places,
    two get a third each, and there is always room for others. A chat may have twice as many,
    because a group may be large, but all its answers wait if Telegram holds one up. See
    A. K. Choudhury and E. L. Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet
    Switches", 1998.

    Args:
        received: the update that comes in.
        in_hand: the others.
        max_in_hand: how many places there are.
    """
    places = max_in_hand - len(in_hand)
    by_person = sum(other.person == received.person for other in in_hand)
    if by_person >= max(1, places):
        return received.person, by_person
    by_chat = sum(other.chat_id == received.chat_id for other in in_hand)
    if received.chat_id is not None and by_chat >= max(1, 2 * places):
        return received.chat_id, by_chat
    return None


class Refusals:
    """Who was refused in the last minute, and is told so only once."""

    def __init__(self) -> None:
        self._refused: TTLCache[int | None, None] = TTLCache(MAX_REFUSED, REFUSAL_EVERY_S)
        self._albums: TTLCache[tuple[int | None, str], None] = TTLCache(
            MAX_REFUSED, REFUSAL_EVERY_S
        )

    def refuse(self, update: Update, who: int | None, in_hand: int) -> Refused:
        """Return what the handlers get of an update that is not handled.

        Args:
            update: the update.
            who: the person or chat that has too many in hand.
            in_hand: how many.
        """
        message = update.message
        if message and message.media_group_id:
            self._albums[message.chat_id, message.media_group_id] = None
        is_first = who not in self._refused
        self._refused.setdefault(who, None)
        return Refused(update, in_hand, is_first)

    def has_album(self, chat_id: int | None, media_group_id: str) -> bool:
        """Return whether a part of an album was refused."""
        return (chat_id, media_group_id) in self._albums
