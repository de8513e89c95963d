"""How many updates each person and each chat may have in hand."""

from collections.abc import Collection

from bot.inbox.received import Received


def too_many(
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
