from bot.log_limit import MAX_KINDS, LogLimit
from tests.support.manual_clock import ManualClock


def test_a_kind_is_due_once_a_minute_with_the_count_of_those_withheld() -> None:
    clock = ManualClock()
    limit = LogLimit(clock)
    assert [limit.due("tap") for _ in range(3)] == [1, 0, 0]
    assert limit.due("photo") == 1
    clock.now += 60
    assert limit.due("tap") == 3


def test_kinds_beyond_the_first_thousand_share_a_line() -> None:
    limit = LogLimit(ManualClock())
    assert all(limit.due(number) == 1 for number in range(MAX_KINDS))
    assert [limit.due(number) for number in range(MAX_KINDS, MAX_KINDS + 3)] == [1, 0, 0]
