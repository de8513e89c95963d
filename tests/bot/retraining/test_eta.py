from dataclasses import replace

import pytest

from bot.retraining.eta import EtaEstimator, estimate
from bot.storage.runs import Run, State
from model.retraining.progress import Progress
from tests.support.manual_clock import ManualClock
from tests.support.stored_answers import NOW

LAST = Run(
    id=1,
    started_at=NOW,
    ended_at=NOW + 300,
    started_by=None,
    mode="head",
    state=State.KEPT,
    reasons=(),
    parent="first",
    version="second",
    samples=100,
    happy=50,
    sad=50,
    users=3,
    held_out=20,
    figures=None,
)


EXPECTED = {"": 5.0, "features": 20.0, "training": 30.0, "packing": 4.0, "gate": 1.0}


def whole(samples: int, last: Run | None = None) -> float:
    return sum(estimate(samples, last).values())


def test_more_samples_take_longer_unless_cross_validation_is_spared() -> None:
    assert 0 < whole(10) < whole(200)
    assert 0 < whole(500) < whole(200)


def test_the_last_retraining_tells_how_slow_the_machine_is() -> None:
    assert whole(100, LAST) == pytest.approx(300)
    assert whole(200, LAST) > 300


def test_a_clock_that_was_set_back_does_not_spoil_the_estimate() -> None:
    for ended_at in (NOW, NOW - 36_000):
        assert whole(100, replace(LAST, ended_at=ended_at)) == whole(100)


def test_the_estimate_counts_at_first_and_the_progress_later() -> None:
    clock = ManualClock()
    eta = EtaEstimator(EXPECTED, clock)
    clock.now += 5
    assert eta.estimate_s == 60
    assert eta.complete(Progress("features", 0, 100)).eta_s == 55
    clock.now += 10
    assert eta.complete(Progress("features", 25, 100)).eta_s == 30 + 35
    remaining = []
    for stage in ("training", "packing", "gate"):
        for done in range(5):
            clock.now += 5
            remaining.append(eta.complete(Progress(stage, done, 4)).eta_s)
    assert remaining[-1] == 0
    assert all(one is not None and one >= 0 for one in remaining)


def test_a_long_first_epoch_corrects_the_estimate() -> None:
    clock = ManualClock()
    eta = EtaEstimator(EXPECTED, clock)
    eta.complete(Progress("features", 100, 100))
    eta.complete(Progress("training"))
    clock.now += 600  # ten minutes an epoch
    first = eta.complete(Progress("training", 1, 4, 1, 4))
    assert first.eta_s == 3 * 600 + 5
    assert first.share == pytest.approx(600 / (4 * 600 + 5))


def test_a_short_first_epoch_is_mostly_preparation_and_the_second_corrects_the_estimate() -> None:
    clock = ManualClock()
    eta = EtaEstimator(EXPECTED, clock)
    eta.complete(Progress("training"))
    clock.now += 4
    assert eta.complete(Progress("training", 1, 96, 1, 16)).eta_s == 30 - 4 + 5
    clock.now += 1
    assert eta.complete(Progress("training", 2, 96, 2, 16)).eta_s == 94 + 5


def test_one_share_rises_from_the_first_stage_to_the_end_of_the_last() -> None:
    clock = ManualClock()
    eta = EtaEstimator(EXPECTED, clock)
    shares = []
    for stage, seconds in (("features", 2), ("training", 1), ("packing", 9), ("gate", 1)):
        for done in range(5):
            clock.now += seconds
            shares.append(eta.complete(Progress(stage, done, 4)).share)
    assert shares[-1] == 1
    corrected = 7  # by the second epoch
    assert shares[:corrected] == sorted(shares[:corrected])
    assert shares[corrected:] == sorted(shares[corrected:])


def test_the_remaining_time_never_becomes_negative() -> None:
    clock = ManualClock()
    eta = EtaEstimator(EXPECTED, clock)
    clock.now += 30
    eta.complete(Progress("gate", 0, 1))
    clock.now += 30
    assert eta.complete(Progress("gate", 0, 1)).eta_s == 0
