"""The learning rate of each step of a training."""

from typing import Any

import keras
from keras import ops

_FIRST, _LAST = 1 / 25, 0.002  # of the peak


class WarmUpHoldCosine(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Rises linearly to a peak, stays there, and falls along a cosine.

    Args:
        peak: the highest learning rate.
        steps: number of steps of the whole training.
        warm_up: share of the steps in which it rises, 0 to 1.
        hold: share of the steps in which it stays, 0 to 1.
    """

    def __init__(self, peak: float, steps: int, warm_up: float, hold: float) -> None:
        super().__init__()
        self._peak = peak
        self._rising = max(1, round(steps * warm_up))
        self._falling_from = self._rising + round(steps * hold)
        self._falling = max(1, steps - self._falling_from)

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, counted from 0."""
        step = ops.cast(step, "float32")
        risen = ops.clip(step / self._rising, 0, 1)
        fallen = ops.clip((step - self._falling_from) / self._falling, 0, 1)
        cosine = (1 + ops.cos(fallen * 3.14159265)) / 2
        return self._peak * ops.where(
            step < self._rising, _FIRST + (1 - _FIRST) * risen, _LAST + (1 - _LAST) * cosine
        )
