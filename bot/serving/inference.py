"""Runs the model: the next photo of each person who waits, one after another.

Photos are judged in worker threads, or on a cluster, with worker threads whenever that is gone.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Protocol

from bot.serving.cluster.cluster import Cluster, ClusterBusyError, ClusterUnavailableError
from bot.serving.fair_places import FairPlaces
from bot.serving.photo_queue import MAX_PHOTOS, PhotoQueue
from bot.serving.worker_shares import WorkerShares
from bot.serving.worker_threads import WorkerThreads
from model.network.verdict import Verdict
from model.prediction.results import Explanation, FaceInPhoto, PhotoVerdict

Labels = Mapping[Verdict, str]


class PhotoPredictor(Protocol):
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

    def explain(self, png: bytes, place: FaceInPhoto | None = None) -> Explanation:
        """Classify a stored crop of a face, and draw which parts of it mattered."""
        ...

    def warm_up(self) -> None:
        """Do what would otherwise slow down the first prediction of a thread."""
        ...


class Inference:
    """Runs the active version of the model.

    Args:
        predictor: the active version.
        draw: draws the faces of a photo, with a label for each verdict and perhaps the photo's
            number; returns a JPEG.
        workers: photos classified at the same time, at least 1.
        max_photos: photos that may be in hand before further ones are refused.
        cluster: judges photos instead of worker threads, while it can.
    """

    def __init__(
        self,
        predictor: PhotoPredictor,
        draw: Callable[[PhotoVerdict, Labels, int | None], bytes],
        workers: int,
        max_photos: int = MAX_PHOTOS,
        cluster: Cluster | None = None,
    ) -> None:
        self._predictor = predictor
        self._draw = draw
        self._cluster = cluster
        # A cluster may judge more photos at a time than this machine has processors for.
        most = workers if cluster is None else min(workers, os.cpu_count() or 1)
        self._threads = WorkerThreads(most)
        self._shares = WorkerShares(workers)
        self._turns = FairPlaces(workers, self._shares.may_hold)
        self._queue = PhotoQueue(workers, max_photos)

    @property
    def version(self) -> str:
        """Version of the model that the next photo gets."""
        return self._predictor.version

    @property
    def predictor(self) -> PhotoPredictor:
        """The active version, to pass to `predict` for all pictures of one album."""
        return self._predictor

    @property
    def in_hand(self) -> int:
        """How many photos are downloaded, judged or wait for that."""
        return self._queue.in_hand

    def swap(self, predictor: PhotoPredictor) -> None:
        """Use another version from now on; running predictions finish with the previous one.

        Args:
            predictor: the version, already warmed up.
        """
        self._predictor = predictor

    def admit(self, person: int) -> AbstractContextManager[None]:
        """Count a photo of a person as in hand while the block runs, from before its download.

        Raises:
            QueueFullError: too many are in hand.
        """
        return self._queue.admit(person)

    async def predict(
        self, data: bytes, person: int, predictor: PhotoPredictor | None = None
    ) -> PhotoVerdict:
        """Find and classify the faces in a picture file, when it is its person's turn.

        Args:
            data: the content of the file.
            person: id of the user or chat that asks.
            predictor: the version to use; None for the one that is active when a worker is free.

        Raises:
            model.errors.ImageError: the picture cannot be used.
            model.errors.ImageTimeoutError: it takes too long.
            QueueFullError: the cluster is busy.
        """
        async with self._turn(person):
            chosen = predictor or self._predictor
            if self._cluster is not None:
                try:
                    return await self._cluster.predict(data, chosen.version)
                except ClusterBusyError:
                    raise self._queue.full(person) from None
                except ClusterUnavailableError:
                    pass  # which the cluster has logged
            return await self._threads.run(lambda: chosen.predict(data))

    async def explain(
        self, png: bytes, person: int, place: FaceInPhoto | None = None
    ) -> Explanation:
        """Classify a stored crop of a face, and draw which parts of it mattered.

        Args:
            png: the crop.
            person: id of the user who asks.
            place: where the face is, for a sharp picture; None if the photo is not at hand.

        Raises:
            model.errors.ImageTimeoutError: it takes too long.
        """
        async with self._turn(person):
            predictor = self._predictor
            return await self._threads.run(lambda: predictor.explain(png, place))

    async def draw(
        self, photo: PhotoVerdict, labels: Labels, photo_number: int | None = None
    ) -> bytes:
        """Draw the boxes of the faces, each with the label of its verdict; returns a JPEG.

        The number, if there is one, tells the photo from others that are sent with it. This waits
        for no turn, because a photo that is judged takes much more memory than a file that waits.
        """
        return await self._threads.run(lambda: self._draw(photo, labels, photo_number))

    async def warm_up(self) -> None:
        """Warm up one worker, which also shows whether the model works at all."""
        await self._threads.run(self._predictor.warm_up)

    @property
    def stuck(self) -> asyncio.Event:
        """Set when so many predictions do not end that the process has to be restarted."""
        return self._threads.too_many_stuck

    def close(self) -> None:
        """Drop predictions that have not begun; running ones finish in their threads."""
        self._threads.close()

    @asynccontextmanager
    async def _turn(self, person: int) -> AsyncIterator[None]:
        async with self._turns.hold(person):
            start = time.monotonic()
            try:
                yield
            finally:
                seconds = time.monotonic() - start
                self._shares.record(person, seconds)
                self._queue.record(seconds)
