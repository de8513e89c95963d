"""A line in the log for each epoch of a training."""

import logging
import time
from typing import Any

import keras

logger = logging.getLogger(__name__)


class EpochLog(keras.callbacks.Callback):  # type: ignore[misc]
    """Logs the loss and the accuracy of each epoch, on the training faces and on held-out ones.

    Args:
        stage: name of the stage of training.
        metric: Keras' name of the accuracy.
    """

    def __init__(self, stage: str, metric: str) -> None:
        super().__init__()
        self._stage = stage
        self._metric = metric
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        self._start = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = logs or {}
        logger.info(
            "%s, epoch %d of %d: loss %.3f, accuracy %.1f %%; held out: loss %.3f, "
            "accuracy %.1f %% (%.0f s)",
            self._stage,
            epoch + 1,
            self.params["epochs"],
            values["loss"],
            100 * values[self._metric],
            values["val_loss"],
            100 * values[f"val_{self._metric}"],
            time.monotonic() - self._start,
        )
