import pytest

from bot.errors import PhotoLimitError
from bot.replies.quota import too_many_photos


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 minute"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (59 * 60, "59 minutes"),
        (3600, "1 hour"),
        (3601, "2 hours"),
        (24 * 3600, "24 hours"),
    ],
)
def test_the_time_until_the_next_photo_is_rounded_up(seconds: int, words: str) -> None:
    assert too_many_photos(PhotoLimitError(5, seconds)).endswith(f"again in {words}?")
