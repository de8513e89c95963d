"""LiteRT interpreters, one a thread: an interpreter must not be shared between threads."""

import threading
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray


class LiteRTModel:
    """A LiteRT model that any number of threads may run at once.

    LiteRT releases the global interpreter lock while it computes, so a pool of threads uses all
    cores; one thread an interpreter keeps them from competing with each other.

    Args:
        content: the `.tflite` file's bytes.

    Raises:
        ValueError: the bytes are no LiteRT model.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._local = threading.local()
        self._interpreter()  # fails here and now rather than in a worker

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
            batch: the model's single input, of exactly the shape it was compiled for.

        Returns:
            A copy of each output, in the model's order.
        """
        interpreter = self._interpreter()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], batch)
        interpreter.invoke()
        return [
            interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()
        ]
