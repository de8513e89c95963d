"""Ctrl-C during training, obeyed between two batches.

TensorFlow calls back into Python from within its C++ code to fetch batches; a KeyboardInterrupt
raised there cannot pass through, and ends the process with SIGABRT instead.
"""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

import keras


class InterruptBetweenBatches(keras.callbacks.Callback):  # type: ignore[misc]
    """Holds back the first Ctrl-C until a batch is done; a second one is obeyed at once.

    Use it as a context manager around `fit`, and as one of its callbacks.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False
        self._previous: Any = None

    def __enter__(self) -> Self:
        # Only the main thread may set handlers, and only there Ctrl-C arrives.
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras')
        """Obey what was held back.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        if self._asked:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras')
        """Obey what was held back during validation.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        if self._asked:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (signal's)
        self._asked = True
        self._restore()

    def _restore(self) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None
