"""Ctrl-C during training, handled between two batches.

TensorFlow calls Python from its C++ code to fetch batches. A KeyboardInterrupt raised there cannot
pass through it, and ends the process with SIGABRT instead.
"""

import signal
import threading
from types import FrameType
from typing import Any, Self

import keras


class InterruptBetweenBatches(keras.callbacks.Callback):  # type: ignore[misc]
    """Delays the first Ctrl-C until a batch is done; a second one takes effect immediately.

    Use it as a context manager around `fit`, and as one of its callbacks.
    """

    def __init__(self) -> None:
        super().__init__()
        self._interrupted = False
        self._previous: Any = None

    def __enter__(self) -> Self:
        # Only the main thread may set signal handlers, and only it receives Ctrl-C.
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._remember)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras')
        """Stop if Ctrl-C was pressed during the batch.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        if self._interrupted:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras')
        """Stop if Ctrl-C was pressed during validation.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        if self._interrupted:
            raise KeyboardInterrupt

    def _remember(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (signal's)
        self._interrupted = True
        self._restore()

    def _restore(self) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None
