import time

from bot.storage.recent_erasures import RecentErasures
from tests.support.stored_answers import ALEX, ANNA, BEN


def test_what_was_received_before_an_erasure_belongs_to_an_erased_user() -> None:
    erasures = RecentErasures()
    before = time.monotonic()
    assert not erasures.erased_since(ANNA, before)
    erasures.add(ANNA)
    assert erasures.erased_since(ANNA, before)
    assert not erasures.erased_since(BEN, before)


def test_the_second_of_two_erasures_counts() -> None:
    erasures = RecentErasures()
    erasures.add(ANNA)
    between = time.monotonic()
    erasures.add(ANNA)
    assert erasures.erased_since(ANNA, between)


def test_when_times_are_dropped_everybody_counts_as_erased_until_then() -> None:
    erasures = RecentErasures(max_users=1)
    before = time.monotonic()
    erasures.add(ANNA)
    between = time.monotonic()
    erasures.add(BEN)
    assert erasures.erased_since(ANNA, before)
    assert erasures.erased_since(ALEX, before)  # whose erasure may be the one that was dropped
    assert not erasures.erased_since(ALEX, between)
