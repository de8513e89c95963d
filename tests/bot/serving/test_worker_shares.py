from bot.serving.worker_shares import SLOW_S, WorkerShares

ANNA, BEN, CLEO = 1, 2, 3
SLOW, QUICK = SLOW_S + 1, SLOW_S / 2


def test_of_somebody_new_one_photo_is_judged_at_a_time() -> None:
    shares = WorkerShares(4)
    assert shares.may_hold(ANNA, 1, {})
    assert not shares.may_hold(ANNA, 2, {ANNA: 1})
    shares.record(ANNA, QUICK)
    assert shares.may_hold(ANNA, 4, {ANNA: 3})


def test_slow_people_together_leave_one_worker_to_the_others() -> None:
    shares = WorkerShares(3)
    shares.record(ANNA, SLOW)
    shares.record(BEN, SLOW)
    shares.record(CLEO, QUICK)
    assert shares.may_hold(ANNA, 2, {ANNA: 1})
    assert not shares.may_hold(BEN, 1, {ANNA: 2})
    assert shares.may_hold(BEN, 1, {ANNA: 1, CLEO: 1})
    assert shares.may_hold(CLEO, 1, {ANNA: 2})


def test_slow_people_use_all_workers_where_everybody_is_slow() -> None:
    shares = WorkerShares(2)
    shares.record(ANNA, SLOW)
    assert shares.may_hold(ANNA, 2, {ANNA: 1})


def test_a_single_worker_is_for_everybody() -> None:
    shares = WorkerShares(1)
    shares.record(ANNA, SLOW)
    shares.record(BEN, QUICK)
    assert shares.may_hold(ANNA, 1, {})


def test_a_quick_photo_does_not_make_up_for_a_slow_one() -> None:
    shares = WorkerShares(2)
    shares.record(ANNA, SLOW)
    shares.record(ANNA, QUICK)
    assert not shares.may_hold(ANNA, 2, {ANNA: 1})
