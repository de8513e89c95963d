"""What the bot counts while it runs, as Prometheus reads it.

Names follow https://prometheus.io/docs/practices/naming/. No label may say who somebody is, and
each has few values: every combination is a time series of its own. Those that are known beforehand
are there from the start, with 0: Prometheus cannot tell how much a series grew when it appeared.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import product

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
)

VERSION = version("photo-mood-bot")
PREFIX = "photo_mood_"
# Seconds: a face takes milliseconds, an answer held up by a flood limit minutes.
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
STAGES = ("download", "wait", "decode", "detect", "classify", "store", "send", "total")
PHOTO_OUTCOMES = (
    "judged", "no_face", "unusable", "timeout", "queue_full", "daily_limit", "not_downloaded",
    "error",
)  # fmt: skip
MOODS = ("happy", "sad", "neutral", "unsure")
CORRECTIONS = ("agrees", "disagrees", "not_a_face", "withdrawn")
RETRAINING_OUTCOMES = ("finished", "failed", "nothing_new", "already_running", "stopped")
BACKUP_OUTCOMES = ("made", "failed")
RECENT_ANSWERS = 1000

# They would double the number of series, and tell nothing that the others do not.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Everything that one bot counts.

    Attributes:
        registry: all of it, for `prometheus_client.generate_latest`.
        photos: photos by what became of them; see `bot.services.photo_metrics`.
        verdicts: judged photos, by mood and version of the model.
        faces: judged faces, likewise.
        corrections: labels that people gave, by whether they agree with the verdict.
        unparsable: updates that were set aside because they cannot be parsed, by kind.
        retrainings: retrainings that this bot has started or requested, by their end.
        backups: backups that were due, by whether they were made.
        api_errors: requests to Telegram that failed, each attempt for itself.
        api_waits_s: seconds that Telegram asked to wait with 429.
        stages: durations on the way of a photo.
        started_at: when the bot began to count, by `time.monotonic`.
        telegram_reached_at: when Telegram last answered, by `time.monotonic`; None before that.
        recent_answers_s: seconds from an update to its answer, for the latest ones.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.photos = self._counter("photos", "Photos by what became of them", "outcome")
        self.verdicts = self._counter("verdicts", "Judged photos by mood and model", *_VERDICT)
        self.faces = self._counter("faces", "Judged faces by mood and model", *_VERDICT)
        self.corrections = self._counter("corrections", "Labels given by people", "kind")
        self.unparsable = self._counter(
            "unparsable_updates", "Updates set aside as they cannot be parsed", "kind"
        )
        self.retrainings = self._counter("retrainings", "Retrainings by their end", "outcome")
        self.backups = self._counter("backups", "Scheduled backups by their end", "outcome")
        self.api_errors = self._counter(
            "api_errors", "Failed attempts to call the Bot API", "method", "error"
        )
        self.api_waits_s = self._counter(
            "api_wait_seconds", "Seconds that Telegram asked to wait (429)", "method"
        )
        self.stages = Histogram(
            f"{PREFIX}stage_seconds",
            "Durations on the way of a photo",
            ("stage",),
            buckets=BOUNDS_S,
            registry=self.registry,
        )
        Info(f"{PREFIX}build", "The bot's version", registry=self.registry).info(
            {"version": VERSION}
        )
        self._reached = Gauge(
            f"{PREFIX}telegram_reached_timestamp_seconds",
            "When Telegram last answered; 0 before that",
            registry=self.registry,
        )
        self.started_at = time.monotonic()
        self.telegram_reached_at: float | None = None
        self.recent_answers_s: deque[float] = deque(maxlen=RECENT_ANSWERS)
        self._start_from_zero()

    def watch(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Add a value of the moment.

        Args:
            name: its name, without the prefix that all metrics share.
            meaning: what it means.
            read: returns it.
        """
        Gauge(PREFIX + name, meaning, registry=self.registry).set_function(read)

    def expect_version(self, version: str) -> None:
        """Let the figures of a version of the model start from 0."""
        for mood, metric in product(MOODS, (self.verdicts, self.faces)):
            metric.labels(mood, version)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Note how long the block, a stage on the way of a photo, takes, unless it raises."""
        start = time.monotonic()
        yield
        self.stages.labels(stage).observe(time.monotonic() - start)

    def note_answer(self, seconds: float) -> None:
        """Note that an answer about photos was sent, so long after its update had come in."""
        self.stages.labels("total").observe(seconds)
        self.recent_answers_s.append(seconds)

    def note_telegram_reached(self) -> None:
        """Note that Telegram answers a request now."""
        self.telegram_reached_at = time.monotonic()
        self._reached.set_to_current_time()

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(PREFIX + name, meaning, labels, registry=self.registry)

    def _start_from_zero(self) -> None:
        known = (
            (self.photos, PHOTO_OUTCOMES),
            (self.corrections, CORRECTIONS),
            (self.retrainings, RETRAINING_OUTCOMES),
            (self.backups, BACKUP_OUTCOMES),
            (self.stages, STAGES),
        )
        for metric, values in known:
            for value in values:
                metric.labels(value)


_VERDICT = ("mood", "version")
