import asyncio
import threading

import pytest

from bot.errors import QueueFullError
from bot.serving.inference import Inference
from model.errors import DamagedImageError
from model.prediction.annotate import MOOD_NAMES
from model.prediction.results import PhotoVerdict
from tests.support.fake_model import FakePredictor, fake_drawing, verdict_with

ANNA, BEN = 1001, 1002


async def test_predictions_run_in_a_worker_thread(
    inference: Inference, predictor: FakePredictor
) -> None:
    predictor.outcomes[b"sad"] = verdict_with(0.1)
    assert await inference.predict(b"sad", ANNA) == verdict_with(0.1)
    assert threading.current_thread().name not in predictor.threads


async def test_predictions_do_not_block_the_event_loop(
    inference: Inference, predictor: FakePredictor
) -> None:
    predictor.gate.clear()
    working = asyncio.ensure_future(inference.predict(b"photo", ANNA))
    # Only the loop can open the gate that the model waits at.
    asyncio.get_running_loop().call_later(0.01, predictor.gate.set)
    assert await working


async def test_image_errors_are_passed_on(inference: Inference, predictor: FakePredictor) -> None:
    predictor.outcomes[b"bad"] = DamagedImageError()
    with pytest.raises(DamagedImageError):
        await inference.predict(b"bad", ANNA)


async def test_drawings_are_made_in_a_worker_thread(inference: Inference) -> None:
    assert await inference.draw(verdict_with(0.9, 0.1), MOOD_NAMES) == b"drawing of 2 faces"


async def test_warm_up_warms_up_the_model(inference: Inference, predictor: FakePredictor) -> None:
    await inference.warm_up()
    assert predictor.warm


async def test_a_full_queue_refuses_the_next_photo(inference: Inference) -> None:
    photos = [inference.admit(ANNA) for _ in range(7)]
    for photo in photos:
        photo.__enter__()
    with pytest.raises(QueueFullError), inference.admit(BEN):
        pass
    photos[0].__exit__(None, None, None)
    with inference.admit(BEN):
        pass


class StepwisePredictor(FakePredictor):
    """Ends one prediction for each release of `may_end`, and notes in which order they begin."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[bytes] = []
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def predict(self, data: bytes) -> PhotoVerdict:
        self.order.append(data)
        self.begun.release()
        assert self.may_end.acquire(timeout=30)
        return super().predict(data)


async def test_one_photo_of_somebody_with_many_does_not_wait_for_the_others() -> None:
    predictor = StepwisePredictor()
    inference = Inference(predictor, fake_drawing, workers=2, max_photos=7)
    tasks = [asyncio.create_task(inference.predict(b"Anna's", ANNA)) for _ in range(20)]
    tasks.append(asyncio.create_task(inference.predict(b"Ben's", BEN)))
    for _ in range(2):  # workers
        assert await asyncio.to_thread(predictor.begun.acquire, timeout=10)
    for _ in range(3):  # one after the other, or chance would decide which of two is noted first
        predictor.may_end.release()
        assert await asyncio.to_thread(predictor.begun.acquire, timeout=10)

    assert b"Ben's" in predictor.order  # two were at work, and two more may come before

    predictor.may_end.release(len(tasks))
    await asyncio.gather(*tasks)
    inference.close()
