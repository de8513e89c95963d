"""Counts what becomes of photos, and of what people say about the answers."""

import logging
import time
from collections.abc import Awaitable, Iterable

from bot.errors import DownloadError, PhotoLimitError, QueueFullError
from bot.metrics import Metrics
from bot.storage.answers import StoredFace
from bot.storage.labels import Label
from model.errors import ImageError, ImageTimeoutError
from model.prediction.results import PhotoVerdict

logger = logging.getLogger(__name__)

# The first that fits counts.
_OUTCOMES: tuple[tuple[type[Exception], str], ...] = (
    (ImageTimeoutError, "timeout"),
    (ImageError, "unusable"),
    (QueueFullError, "queue_full"),
    (PhotoLimitError, "daily_limit"),
    (DownloadError, "not_downloaded"),
)


async def count_photo(metrics: Metrics, judging: Awaitable[PhotoVerdict]) -> PhotoVerdict:
    """Await the verdict on a photo, and count it or why there is none."""
    try:
        verdict = await judging
    except Exception as error:
        metrics.photos.labels(_outcome(error)).inc()
        raise
    logger.debug(
        "Judged a photo: %s, %d faces, model %s",
        verdict.verdict,
        len(verdict.faces),
        verdict.model_version,
    )
    metrics.photos.labels("no_face" if verdict.whole_picture else "judged").inc()
    metrics.verdicts.labels(verdict.verdict, verdict.model_version).inc()
    for face in verdict.faces:
        metrics.faces.labels(face.verdict, verdict.model_version).inc()
    return verdict


async def time_verdict(metrics: Metrics, judging: Awaitable[PhotoVerdict]) -> PhotoVerdict:
    """Await the verdict on a photo that is downloaded, and note how long its stages take."""
    start = time.monotonic()
    verdict = await judging
    seconds = time.monotonic() - start
    stages = {
        "decode": verdict.milliseconds.decode / 1e3,
        "detect": verdict.milliseconds.detect / 1e3,
        "classify": verdict.milliseconds.classify / 1e3,
    }
    for stage, taken_s in stages.items():
        metrics.stages.labels(stage).observe(taken_s)
    metrics.stages.labels("wait").observe(max(0.0, seconds - sum(stages.values())))
    return verdict


def count_corrections(metrics: Metrics, said: Iterable[tuple[StoredFace, Label | None]]) -> None:
    """Count the labels that somebody gave faces, or took back."""
    for face, label in said:
        metrics.corrections.labels(_kind(face, label)).inc()


def _outcome(error: Exception) -> str:
    return next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "error")


def _kind(face: StoredFace, label: Label | None) -> str:
    if label is None:
        return "withdrawn"
    if label is Label.NOT_A_FACE:
        return "not_a_face"
    return "agrees" if label.value == face.verdict.value else "disagrees"
