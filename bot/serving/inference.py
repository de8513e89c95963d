"""Runs the model in worker threads, behind a bounded queue."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from bot.errors import QueueFullError
from model.network.verdict import Verdict
from model.prediction.results import Explanation, PhotoVerdict

MAX_WAITING = 64  # photos; they are not downloaded yet

T = TypeVar("T")
Labels = Mapping[Verdict, str]


class MoodPredictor(Protocol):
    """The interface of `model.prediction.predictor.Predictor`.

    All methods may be called from several threads at once.
    """

    @property
    def version(self) -> str: ...

    def predict(self, data: bytes) -> PhotoVerdict:
        """Find and classify the faces in a picture file.

        Raises:
            model.errors.ImageError: the picture cannot be used.
        """
        ...

    def explain(self, png: bytes) -> Explanation:
        """Classify a stored crop of a face, and draw which parts of it mattered."""
        ...

    def warm_up(self) -> None:
        """Do what would otherwise slow down the first prediction of a thread."""
        ...


class Inference:
    """Runs the active version of the model.

    Args:
        predictor: the active version.
        draw: draws the faces of a photo, with a label for each verdict; returns a JPEG.
        workers: photos classified at the same time, at least 1.
        max_waiting: photos that may wait for a slot before further ones are refused.
    """

    def __init__(
        self,
        predictor: MoodPredictor,
        draw: Callable[[PhotoVerdict, Labels], bytes],
        workers: int,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._predictor = predictor
        self._draw = draw
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="inference")
        # A slot covers download and prediction. With twice as many slots as workers, photos are
        # downloaded while others are classified, and no more than these are in memory.
        self._slots = asyncio.Semaphore(2 * workers)
        self._max_requests = 2 * workers + max_waiting
        self._requests = 0
        self._open = True

    @property
    def version(self) -> str:
        """Version of the model that the next photo gets."""
        return self._predictor.version

    @property
    def predictor(self) -> MoodPredictor:
        """The active version, to pass to `predict` for all pictures of one album."""
        return self._predictor

    def swap(self, predictor: MoodPredictor) -> None:
        """Use another version from now on; running predictions finish with the previous one.

        Args:
            predictor: the version, already warmed up.
        """
        self._predictor = predictor

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot to download and classify one photo, first come, first served.

        Raises:
            QueueFullError: too many are waiting already, or `refuse_waiting` was called.
        """
        if self._requests >= self._max_requests:
            raise QueueFullError
        self._requests += 1
        try:
            async with self._slots:
                if not self._open:
                    raise QueueFullError
                yield
        finally:
            self._requests -= 1

    def refuse_waiting(self) -> None:
        """Refuse all photos that wait for a slot, so that their senders are told before a stop."""
        self._open = False
        for _ in range(self._requests):
            self._slots.release()

    async def predict(self, data: bytes, predictor: MoodPredictor | None = None) -> PhotoVerdict:
        """Find and classify the faces in a picture file.

        Args:
            data: the content of the file.
            predictor: the version to use; None for the one that is active when a worker is free.

        Raises:
            model.errors.ImageError: the picture cannot be used.
        """
        return await self._run(lambda: (predictor or self._predictor).predict(data))

    async def explain(self, png: bytes) -> Explanation:
        """Classify a stored crop of a face, and draw which parts of it mattered."""
        return await self._run(lambda: self._predictor.explain(png))

    async def draw(self, photo: PhotoVerdict, labels: Labels) -> bytes:
        """Draw the boxes of the faces, each with the label of its verdict; returns a JPEG."""
        return await self._run(lambda: self._draw(photo, labels))

    async def warm_up(self) -> None:
        """Warm up one worker, which also shows whether the model works at all."""
        await self._run(self._predictor.warm_up)

    def close(self) -> None:
        """Drop predictions that have not begun; running ones finish in their threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
