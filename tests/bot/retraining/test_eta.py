from dataclasses import replace

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


def test_more_samples_take_longer() -> None:
    assert 0 < estimate(10, None) < estimate(1000, None)


def test_the_last_retraining_tells_how_slow_the_machine_is() -> None:
    assert estimate(100, LAST) == 300
    assert estimate(1000, LAST) > 300


def test_a_clock_that_was_set_back_does_not_spoil_the_estimate() -> None:
    for ended_at in (NOW, NOW - 36_000):
        assert estimate(100, replace(LAST, ended_at=ended_at)) == estimate(100, None)


def test_the_estimate_counts_at_first_and_the_progress_later() -> None:
    clock = ManualClock()
    eta = EtaEstimator(60, clock)
    assert eta.remaining(Progress("features", 0, 0)) == 60
    clock.now += 20
    assert eta.remaining(Progress("features", 1, 100)) == 40
    remaining = []
    for stage in ("training", "packing", "gate"):
        for done in range(1, 5):
            clock.now += 5
            remaining.append(eta.remaining(Progress(stage, done, 4)))
    assert remaining[-1] == 0
    assert all(one >= 0 for one in remaining)


def test_the_remaining_time_never_becomes_negative() -> None:
    clock = ManualClock()
    eta = EtaEstimator(10, clock)
    clock.now += 30
    assert eta.remaining(Progress("features", 0, 10)) == 0
