from dataclasses import replace

from bot.retraining.eta import EtaEstimator, estimate
from bot.storage.runs import Run, State
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


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_more_lessons_take_longer() -> None:
    assert 0 < estimate(10, None) < estimate(1000, None)


def test_a_slow_machine_is_known_by_its_last_retraining() -> None:
    assert estimate(100, LAST) == 300
    assert estimate(1000, LAST) > 300
    assert estimate(100, replace(LAST, ended_at=NOW)) >= 0


def test_the_guess_counts_at_first_and_then_how_far_it_is() -> None:
    clock = Clock()
    forecast = EtaEstimator(60, clock)
    assert forecast.remaining("features", 0, 0) == 60
    clock.now += 20
    assert forecast.remaining("features", 1, 100) == 40
    remaining = []
    for stage in ("training", "packing", "gate"):
        for done in range(1, 5):
            clock.now += 5
            remaining.append(forecast.remaining(stage, done, 4))
    assert remaining[-1] == 0
    assert all(one >= 0 for one in remaining)


def test_a_guess_that_was_too_short_never_becomes_negative() -> None:
    clock = Clock()
    forecast = EtaEstimator(10, clock)
    clock.now += 30
    assert forecast.remaining("features", 0, 10) == 0
