import asyncio
import threading

import pytest

from bot.errors import QueueFullError
from bot.serving.inference import Inference
from model.errors import DamagedImageError
from model.prediction.annotate import MOOD_NAMES
from tests.support.fake_model import FakePredictor, verdict_with


class Visitors:
    """Visitors of a slot, who stay until they may leave."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self.leave = asyncio.Event()
        self.entered: asyncio.Queue[int] = asyncio.Queue()

    async def visit(self, number: int) -> None:
        async with self._inference.slot():
            self.entered.put_nowait(number)
            await self.leave.wait()

    async def who_entered(self, count: int) -> list[int]:
        """Wait for the next visitors to enter; return their numbers in that order."""
        return [await self.entered.get() for _ in range(count)]


@pytest.fixture
def visitors(inference: Inference) -> Visitors:
    return Visitors(inference)


async def test_predictions_run_in_a_worker_thread(
    inference: Inference, predictor: FakePredictor
) -> None:
    predictor.outcomes[b"sad"] = verdict_with(0.1)
    assert await inference.predict(b"sad") == verdict_with(0.1)
    assert threading.current_thread().name not in predictor.threads


async def test_predictions_do_not_block_the_event_loop(
    inference: Inference, predictor: FakePredictor
) -> None:
    predictor.gate.clear()
    working = asyncio.ensure_future(inference.predict(b"photo"))
    # Only the loop can open the gate that the model waits at.
    asyncio.get_running_loop().call_later(0.01, predictor.gate.set)
    assert await working


async def test_image_errors_are_passed_on(inference: Inference, predictor: FakePredictor) -> None:
    predictor.outcomes[b"bad"] = DamagedImageError()
    with pytest.raises(DamagedImageError):
        await inference.predict(b"bad")


async def test_drawings_are_made_in_a_worker_thread(inference: Inference) -> None:
    assert await inference.draw(verdict_with(0.9, 0.1), MOOD_NAMES) == b"drawing of 2 faces"


async def test_warm_up_warms_up_the_model(inference: Inference, predictor: FakePredictor) -> None:
    await inference.warm_up()
    assert predictor.warm


async def test_a_full_queue_refuses_the_next_photo(visitors: Visitors) -> None:
    # Two workers: four places, and three may wait.
    visits = [asyncio.ensure_future(visitors.visit(number)) for number in range(7)]
    assert await visitors.who_entered(4) == [0, 1, 2, 3]
    with pytest.raises(QueueFullError):
        await visitors.visit(7)
    assert visitors.entered.empty()
    visitors.leave.set()
    await asyncio.gather(*visits)
    await visitors.visit(8)
    assert await visitors.who_entered(4) == [4, 5, 6, 8]


async def test_waiting_photos_are_refused_before_a_stop(
    inference: Inference, visitors: Visitors
) -> None:
    visits = [asyncio.ensure_future(visitors.visit(number)) for number in range(7)]
    assert await visitors.who_entered(4) == [0, 1, 2, 3]
    inference.refuse_waiting()
    for waiting in visits[4:]:
        with pytest.raises(QueueFullError):
            await waiting
    with pytest.raises(QueueFullError):
        await visitors.visit(7)
    visitors.leave.set()
    await asyncio.gather(*visits[:4])


async def test_a_slot_is_free_again_after_a_failure(inference: Inference) -> None:
    for _ in range(20):
        with pytest.raises(ValueError, match="oops"):
            async with inference.slot():
                raise ValueError("oops")


async def test_a_slot_is_free_again_after_a_cancelled_wait(inference: Inference) -> None:
    leave, entered = asyncio.Event(), asyncio.Event()

    async def visit() -> None:
        async with inference.slot():
            entered.set()
            await leave.wait()

    visits = [asyncio.ensure_future(visit()) for _ in range(7)]
    await entered.wait()
    visits[-1].cancel()
    await asyncio.wait({visits[-1]})
    visits[-1] = asyncio.ensure_future(visit())
    leave.set()
    await asyncio.gather(*visits)
