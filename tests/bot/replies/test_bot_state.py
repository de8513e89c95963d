import pytest

from bot.replies.bot_state import BotState, bot_state

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def state(running_s: float = 0, answers_s: tuple[float, ...] = ()) -> BotState:
    return BotState(
        version="1.2.3", model="a", running_s=running_s, photos=0, updates=0, oldest_s=0,
        answers_s=answers_s, free_bytes=12_340_000_000, errors=(), error_count=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("running_s", "shown"),
    [
        (59 * MINUTE + 59, "59 min"),
        (HOUR, "1 h 0 min"),
        (DAY - 1, "23 h 59 min"),
        (3 * DAY + 4 * HOUR, "3 d 4 h"),
    ],
)
def test_the_running_time_has_two_units(running_s: float, shown: str) -> None:
    lines = bot_state(state(running_s)).splitlines()
    assert lines[0] == f"Running time: {shown}, version 1.2.3, model a"
    assert "Free disk space: 12.3 GB" in lines


@pytest.mark.parametrize(
    ("answers_s", "median", "slow"),
    [((2.0,), "2.0", "2.0"), ((4, 1, 3, 2), "2.0", "4.0"), (tuple(range(1, 101)), "50.0", "95.0")],
)
def test_answer_times_are_the_median_and_what_one_answer_in_twenty_exceeds(
    answers_s: tuple[float, ...], median: str, slow: str
) -> None:
    line = f"Answer times: half up to {median} s, 19 of 20 up to {slow} s"
    assert line in bot_state(state(answers_s=answers_s))
