"""Runs the model in threads, behind a queue of limited length; the event loop never waits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from bot.errors import QueueFullError
from model.network.verdict import Verdict
from model.prediction.results import Explanation, PhotoVerdict

MAX_WAITING = 64  # photos; they hold no bytes yet

T = TypeVar("T")
Words = Mapping[Verdict, str]


class MoodPredictor(Protocol):
    """What is asked of the model; `model.prediction.predictor.Predictor` is the real one."""

    @property
    def version(self) -> str:
        """Name of the model."""
        ...

    def predict(self, data: bytes) -> PhotoVerdict:
        """Judge the bytes of a picture file; may be called from several threads at once.

        Raises:
            model.errors.ImageError: the picture cannot be used.
        """
        ...

    def explain(self, png: bytes) -> Explanation:
        """Judge a face that was cut out earlier, and draw why; several threads at once may."""
        ...

    def warm_up(self) -> None:
        """Do what the first prediction in a thread would otherwise have to do."""
        ...


class Inference:
    """The model at work.

    Args:
        predictor: judges a picture.
        draw: turns a judged picture, and words for the moods, into a JPEG with its faces marked.
        workers: photos judged at the same time, at least 1.
        waiting: photos that may wait for their turn before further ones are turned away.
    """

    def __init__(
        self,
        predictor: MoodPredictor,
        draw: Callable[[PhotoVerdict, Words], bytes],
        workers: int,
        waiting: int = MAX_WAITING,
    ) -> None:
        self._predictor = predictor
        self._draw = draw
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="inference")
        # While some photos are judged, as many are downloaded: a place covers both, so that no
        # more than these hold their bytes in memory.
        self._places = asyncio.Semaphore(2 * workers)
        self._most = 2 * workers + waiting
        self._inside = 0
        self._open = True

    @property
    def version(self) -> str:
        """Name of the model that the next photo gets."""
        return self._predictor.version

    @property
    def predictor(self) -> MoodPredictor:
        """The model itself, to hand to `predict` for each of several pictures of one answer."""
        return self._predictor

    def swap(self, predictor: MoodPredictor) -> None:
        """Give the next photos to another model; those in hand are finished by the one before.

        Args:
            predictor: ready to judge, so that no photo waits.
        """
        self._predictor = predictor

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a place to fetch and judge one photo, first come, first served.

        Raises:
            QueueFullError: too many are waiting already, or `refuse_waiting` was called.
        """
        if self._inside >= self._most:
            raise QueueFullError
        self._inside += 1
        try:
            async with self._places:
                if not self._open:
                    raise QueueFullError
                yield
        finally:
            self._inside -= 1

    def refuse_waiting(self) -> None:
        """Refuse whoever waits for a place, so that they can be told before the bot stops."""
        self._open = False
        for _ in range(self._inside):
            self._places.release()

    async def predict(self, data: bytes, predictor: MoodPredictor | None = None) -> PhotoVerdict:
        """Judge the bytes of a picture file in a thread.

        Args:
            data: the bytes.
            predictor: the model that judges; None for the one at work when its turn has come.

        Raises:
            model.errors.ImageError: the picture cannot be used.
        """
        return await self._run(lambda: (predictor or self._predictor).predict(data))

    async def explain(self, png: bytes) -> Explanation:
        """Judge a face that was cut out earlier, and draw what spoke for the verdict, in a thread.

        Args:
            png: the crop, as it is stored.
        """
        return await self._run(lambda: self._predictor.explain(png))

    async def draw(self, photo: PhotoVerdict, words: Words) -> bytes:
        """Draw the boxes of a judged picture, each with its word, in a thread; returns a JPEG."""
        return await self._run(lambda: self._draw(photo, words))

    async def warm_up(self) -> None:
        """Make one thread ready, and find out now whether the model works at all."""
        await self._run(self._predictor.warm_up)

    def close(self) -> None:
        """Drop what has not begun; what runs in a thread runs to its end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
