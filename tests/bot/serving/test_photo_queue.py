from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bot.errors import QueueFullError
from bot.serving.photo_queue import ALBUM, PhotoQueue

ANNA, BEN, CLEO = 1, 2, 3


@pytest.fixture
def in_hand() -> Iterator[ExitStack]:
    """The photos that have been admitted and are not judged yet."""
    with ExitStack() as photos:
        yield photos


def admit(queue: PhotoQueue, in_hand: ExitStack, person: int, photos: int) -> None:
    for _ in range(photos):
        in_hand.enter_context(queue.admit(person))


def test_somebody_alone_may_have_half_of_the_places(in_hand: ExitStack) -> None:
    queue = PhotoQueue(workers=2, max_photos=60)
    admit(queue, in_hand, ANNA, 30)
    with pytest.raises(QueueFullError) as refused, queue.admit(ANNA):
        pass
    assert refused.value.ahead == 30
    admit(queue, in_hand, BEN, 15)  # half of the other half


def test_an_album_is_admitted_while_there_is_room(in_hand: ExitStack) -> None:
    queue = PhotoQueue(workers=2, max_photos=2 * ALBUM)
    for person in (ANNA, BEN):
        admit(queue, in_hand, person, ALBUM)
    with pytest.raises(QueueFullError), queue.admit(CLEO):
        pass


def test_a_judged_photo_makes_room(in_hand: ExitStack) -> None:
    queue = PhotoQueue(workers=2, max_photos=1)
    for _ in range(3):
        with queue.admit(ANNA):
            pass
    admit(queue, in_hand, BEN, 1)


def test_a_refusal_says_how_many_come_before_and_how_long_they_take(in_hand: ExitStack) -> None:
    queue = PhotoQueue(workers=2, max_photos=8)
    admit(queue, in_hand, ANNA, 5)
    admit(queue, in_hand, BEN, 3)
    for _ in range(100):
        queue.record(6.0)
    with pytest.raises(QueueFullError) as refused, queue.admit(CLEO):
        pass
    # One of Anna's and one of Ben's, at the same time.
    assert (refused.value.ahead, refused.value.again_in_s) == (2, 6)
    with pytest.raises(QueueFullError) as refused, queue.admit(BEN):
        pass
    # Ben's own three and four of Anna's.
    assert (refused.value.ahead, refused.value.again_in_s) == (7, 21)
