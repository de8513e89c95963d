import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from model.network import litert
from model.network.litert import LiteRTModel
from model.network.manifest import LITERT_FILE, SHIPPED


def test_threads_that_take_turns_share_an_interpreter_and_it_is_freed_with_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    def note(**options: Any) -> Any:
        interpreter = Interpreter(**options)
        made.append(weakref.ref(interpreter))
        return interpreter

    monkeypatch.setattr(litert, "Interpreter", note)
    model = LiteRTModel((SHIPPED / LITERT_FILE).read_bytes())
    face = np.zeros((1, 48, 48, 1), np.float32)
    with ThreadPoolExecutor(1) as pool:
        answers = [model.run(face), pool.submit(model.run, face).result()]
        assert np.array_equal(*answers)
        assert len(made) == 1
        del model
        gc.collect()
        assert made[0]() is None


def test_threads_wait_in_turn_for_an_interpreter_when_there_may_be_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    def note(**options: Any) -> Any:
        made.append(Interpreter(**options))
        return made[-1]

    monkeypatch.setattr(litert, "Interpreter", note)
    model = LiteRTModel((SHIPPED / LITERT_FILE).read_bytes(), most=2)
    faces = np.random.default_rng(1).normal(size=(8, 1, 48, 48, 1)).astype(np.float32)
    expected = [model.run(face)[0] for face in faces]
    start = threading.Barrier(len(faces))

    def run(face: np.ndarray) -> np.ndarray:
        start.wait(timeout=10)
        return [model.run(face)[0] for _ in range(10)][-1]

    with ThreadPoolExecutor(len(faces)) as pool:
        answers = list(pool.map(run, faces))
    assert all(map(np.array_equal, answers, expected))
    assert len(made) <= 2
