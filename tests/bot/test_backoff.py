from bot.backoff import Backoff


def test_pauses_grow_to_half_a_minute() -> None:
    backoff = Backoff()
    assert [backoff.grow() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.grow() == 1
