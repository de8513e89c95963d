"""LiteRT models that can be used from several threads."""

import threading
from contextlib import nullcontext
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from model.network.native_noise import without_native_noise

_has_loaded = threading.Event()  # LiteRT writes its line with the first model of a process


class LiteRTModel:
    """A LiteRT model with one interpreter per thread, as interpreters must not be shared.

    LiteRT releases the global interpreter lock while it computes, so a thread pool uses all cores.
    Each interpreter computes in a single thread, so that the pool's threads do not compete.

    Args:
        content: content of a `.tflite` file.

    Raises:
        ValueError: the content is not a LiteRT model.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._local = threading.local()
        with nullcontext() if _has_loaded.is_set() else without_native_noise():
            self._interpreter()  # fail now instead of in a worker
        _has_loaded.set()

    def _interpreter(self) -> Any:
        interpreter = getattr(self._local, "interpreter", None)
        if interpreter is None:
            interpreter = Interpreter(model_content=self._content, num_threads=1)
            interpreter.allocate_tensors()
            self._local.interpreter = interpreter
        return interpreter

    def run(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run the model in the calling thread.

        Args:
            batch: the model's single input, of exactly the shape it was converted for.

        Returns:
            A copy of each output, in the model's order.
        """
        interpreter = self._interpreter()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], batch)
        interpreter.invoke()
        return [
            interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()
        ]
