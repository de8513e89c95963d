import time

from bot.storage.recent_erasures import Erasures

ANNA, BEN, CARLA = 1, 2, 3


def test_what_came_in_before_belongs_to_an_erased_user() -> None:
    erasures = Erasures()
    before = time.monotonic()
    assert not erasures.since(ANNA, before)
    erasures.note(ANNA)
    assert erasures.since(ANNA, before)
    assert not erasures.since(BEN, before)


def test_what_came_in_between_two_erasures_goes_with_the_second() -> None:
    erasures = Erasures()
    erasures.note(ANNA)
    between = time.monotonic()
    erasures.note(ANNA)
    assert erasures.since(ANNA, between)


def test_of_those_no_longer_remembered_nothing_old_is_stored() -> None:
    erasures = Erasures(most=1)
    before = time.monotonic()
    erasures.note(ANNA)
    between = time.monotonic()
    erasures.note(BEN)
    assert erasures.since(ANNA, before)
    assert erasures.since(CARLA, before)  # who is not known to have stayed
    assert not erasures.since(CARLA, between)
