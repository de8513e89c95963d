import pytest

from bot.serving.worker_shares import SLOW_S, WorkerShares

ANNA, BEN, CLEO = 1, 2, 3
SLOW, QUICK = SLOW_S + 1, SLOW_S / 2


@pytest.fixture
def shares() -> WorkerShares:
    return WorkerShares(workers=3)


@pytest.mark.parametrize("seconds", [QUICK, SLOW])
def test_somebody_alone_uses_all_workers(shares: WorkerShares, seconds: float) -> None:
    assert shares.may_hold(ANNA, 3, {ANNA: 2})
    shares.record(ANNA, seconds)
    assert shares.may_hold(ANNA, 3, {ANNA: 2})


@pytest.mark.parametrize("seconds", [QUICK, SLOW])
def test_one_person_leaves_a_worker_to_the_others(shares: WorkerShares, seconds: float) -> None:
    shares.record(ANNA, seconds)
    shares.record(BEN, QUICK)
    for person in (ANNA, CLEO):  # of Cleo nothing is known
        assert shares.may_hold(person, 2, {person: 1})
        assert not shares.may_hold(person, 3, {person: 2})


def test_several_people_use_all_workers(shares: WorkerShares) -> None:
    shares.record(ANNA, QUICK)
    shares.record(BEN, SLOW)
    assert shares.may_hold(ANNA, 1, {BEN: 2})
    assert shares.may_hold(BEN, 1, {ANNA: 2})


def test_slow_people_together_leave_a_worker_to_the_others(shares: WorkerShares) -> None:
    for person, seconds in ((ANNA, SLOW), (ANNA, QUICK), (BEN, SLOW), (CLEO, QUICK)):
        shares.record(person, seconds)
    assert shares.may_hold(BEN, 1, {ANNA: 1, CLEO: 1})
    assert not shares.may_hold(BEN, 1, {ANNA: 2})
    assert shares.may_hold(CLEO, 1, {ANNA: 2})


def test_where_everybody_is_slow_they_use_all_workers(shares: WorkerShares) -> None:
    for person in (ANNA, BEN):
        shares.record(person, SLOW)
    assert shares.may_hold(BEN, 1, {ANNA: 2})


def test_a_single_worker_is_for_everybody() -> None:
    shares = WorkerShares(workers=1)
    shares.record(ANNA, SLOW)
    shares.record(BEN, QUICK)
    assert shares.may_hold(ANNA, 1, {})
