import logging

import pytest

from bot.log_limit import MAX_KINDS, LogLimit
from tests.support.manual_clock import ManualClock


def test_a_kind_is_due_once_a_minute_with_the_count_of_those_withheld() -> None:
    clock = ManualClock()
    limit = LogLimit(clock)
    assert [limit.due("tap") for _ in range(3)] == [1, 0, 0]
    assert limit.due("photo") == 1
    clock.now += 60
    assert limit.due("tap") == 3


def test_a_line_says_how_often_it_happened_if_more_than_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = ManualClock()
    limit = LogLimit(clock)
    for seconds in (0, 10, 20, 60, 120):
        clock.now = seconds
        limit.log(logging.getLogger(), logging.WARNING, "photo", "No verdict: %s", "too small")
    assert caplog.messages == [
        "No verdict: too small",
        "No verdict: too small (3 times)",
        "No verdict: too small",
    ]


def test_kinds_beyond_the_first_thousand_share_a_line() -> None:
    limit = LogLimit(ManualClock())
    assert all(limit.due(number) == 1 for number in range(MAX_KINDS))
    assert [limit.due(number) for number in range(MAX_KINDS, MAX_KINDS + 3)] == [1, 0, 0]
