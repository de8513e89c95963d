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
        metric: Keras' name of the accuracy; None if there is none.
    """

    def __init__(self, stage: str, metric: str | None) -> None:
        super().__init__()
        self._stage = stage
        self._metric = metric
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        self._start = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logger.info(
            "%s, epoch %d of %d: %s; held out: %s (%.0f s)",
            self._stage,
            epoch + 1,
            self.params["epochs"],
            self._figures(logs or {}, ""),
            self._figures(logs or {}, "val_"),
            time.monotonic() - self._start,
        )

    def _figures(self, logs: dict[str, float], prefix: str) -> str:
        loss = f"loss {logs[f'{prefix}loss']:.3f}"
        if self._metric is None:
            return loss
        return f"{loss}, accuracy {100 * logs[f'{prefix}{self._metric}']:.1f} %"
