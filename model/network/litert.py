"""LiteRT models that can be used from several threads."""

import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from queue import SimpleQueue
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from model.network.native_noise import without_native_noise

_has_loaded = threading.Event()  # LiteRT writes its line with the first model of a process


# For a network that takes only a part of a photo's time. Its interpreter can take 14 MB.
HALF_OF_CORES = max(1, (os.cpu_count() or 1) // 2)


class LiteRTModel:
    """A LiteRT model with an interpreter for each of the threads that run it at the same time.

    Threads cannot use an interpreter at the same time, and each has a copy of the weights, so those
    that are idle are kept for whichever thread comes next. LiteRT releases the global interpreter
    lock while it computes, so a thread pool uses all cores. Each interpreter computes in a single
    thread, so that the pool's threads do not compete.

    Args:
        content: content of a `.tflite` file.
        most: interpreters at most; further threads wait for their turn, in the order in which they
            come. By default, there is one for each thread.

    Raises:
        ValueError: the content is not a LiteRT model.
    """

    def __init__(self, content: bytes, most: int | None = None) -> None:
        self._content = content
        self._most = most
        self._lock = threading.Lock()  # of what follows
        self._idle: list[Any] = []
        self._waiting: deque[SimpleQueue[Any]] = deque()
        self._made = 1
        with nullcontext() if _has_loaded.is_set() else without_native_noise():
            self._idle.append(self._new_interpreter())  # fail now instead of in a worker
        _has_loaded.set()
        self._named_outputs = _tensor_indices(self._idle[0])

    def _new_interpreter(self) -> Any:
        interpreter = Interpreter(model_content=self._content, num_threads=1)
        interpreter.allocate_tensors()
        return interpreter

    @property
    def output_names(self) -> frozenset[str]:
        """Names of the outputs in the model's signature."""
        return frozenset(self._named_outputs)

    def run(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run the model in the calling thread.

        Args:
            batch: the model's single input, of exactly the shape it was converted for.

        Returns:
            A copy of each output, in the model's order, which a conversion chooses as it likes.
        """
        return self._run(batch, None)

    def run_by_name(self, batch: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Run the model in the calling thread, and return a copy of each output by its name.

        Args:
            batch: the model's single input, of exactly the shape it was converted for.
        """
        outputs = self._run(batch, list(self._named_outputs.values()))
        return dict(zip(self._named_outputs, outputs, strict=True))

    def _run(
        self, batch: NDArray[np.float32], outputs: list[int] | None
    ) -> list[NDArray[np.float32]]:
        with self._interpreter() as interpreter:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], batch)
            interpreter.invoke()
            if outputs is None:
                outputs = [output["index"] for output in interpreter.get_output_details()]
            return [interpreter.get_tensor(index) for index in outputs]

    @contextmanager
    def _interpreter(self) -> Iterator[Any]:
        interpreter = self._take()
        try:
            yield interpreter
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().put(interpreter)
                else:
                    self._idle.append(interpreter)

    def _take(self) -> Any:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if self._most is None or self._made < self._most:
                interpreter = self._new_interpreter()
                self._made += 1
                return interpreter
            turn: SimpleQueue[Any] = SimpleQueue()
            self._waiting.append(turn)
        return turn.get()


def _tensor_indices(interpreter: Any) -> dict[str, int]:
    """Return the tensors of a model's named outputs, if it has a signature that names them."""
    if not interpreter.get_signature_list():
        return {}
    details = interpreter.get_signature_runner().get_output_details()
    return {name: int(output["index"]) for name, output in details.items()}
