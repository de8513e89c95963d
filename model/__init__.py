"""Face detection, mood prediction, and training. Independent of Telegram and the database.

`MoodPredictor` is for programs of others; see `model.prediction.mood_predictor`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.prediction.mood_predictor import MoodPredictor

__all__ = ["MoodPredictor"]


def __getattr__(name: str) -> Any:
    # Only when it is asked for: it takes half a second, and many modules of this package need
    # nothing of it.
    if name == "MoodPredictor":
        from model.prediction.mood_predictor import MoodPredictor

        return MoodPredictor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
