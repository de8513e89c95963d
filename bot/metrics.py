"""What the bot counts while it runs; `bot/operations/metrics_page.py` shows it.

Everything is counted in the thread of the event loop. No label may say who somebody is, and each
has few values: every combination is a time series of its own.
"""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate

Labels = tuple[str, ...]

# Seconds: a face takes milliseconds, an answer held up by a flood limit minutes.
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Counts:
    """A sum for each combination of labels, which only grows.

    Args:
        *labels: the names of the labels.
    """

    def __init__(self, *labels: str) -> None:
        self.labels = labels
        self._sums: defaultdict[Labels, float] = defaultdict(float)

    def add(self, *values: str, amount: float = 1.0) -> None:
        """Add to the sum of a combination of labels.

        Args:
            *values: one value for each label.
            amount: what to add, at least 0.
        """
        self._sums[values] += amount

    @property
    def sums(self) -> Mapping[Labels, float]:
        """The sums, by the values of the labels."""
        return self._sums


@dataclass(slots=True)
class Distribution:
    """How many durations there were up to each of `BOUNDS_S`, and their sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    @property
    def cumulative(self) -> Iterator[int]:
        """The number of durations up to each bound, and at last of all."""
        return accumulate(self.counts)


class Stages:
    """How long each stage on the way of a photo takes."""

    def __init__(self) -> None:
        self._distributions: defaultdict[str, Distribution] = defaultdict(Distribution)

    def record(self, stage: str, seconds: float) -> None:
        """Note how long a stage took."""
        distribution = self._distributions[stage]
        distribution.counts[bisect_left(BOUNDS_S, seconds)] += 1
        distribution.sum_s += seconds

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Note how long the block takes, unless it raises."""
        start = time.monotonic()
        yield
        self.record(stage, time.monotonic() - start)

    @property
    def distributions(self) -> Mapping[str, Distribution]:
        """The durations, by stage."""
        return self._distributions


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value that is read when somebody asks for it."""

    name: str
    meaning: str
    read: Callable[[], float]


@dataclass(kw_only=True)
class Metrics:
    """Everything that one bot counts.

    Attributes:
        photos: photos by what became of them; see `bot.services.photo_metrics`.
        verdicts: judged photos, by mood and version of the model.
        faces: judged faces, likewise.
        corrections: labels that people gave, by whether they agree with the verdict.
        unparsable: updates that were set aside because they cannot be parsed.
        retrainings: retrainings that this bot has started, by their end.
        api_errors: requests to Telegram that failed, each attempt for itself.
        api_waits_s: seconds that Telegram asked to wait with 429.
        stages: durations on the way of a photo.
        gauges: values of the moment.
        telegram_reached_at: when Telegram last answered, by `time.monotonic`; None before that.
    """

    photos: Counts = field(default_factory=lambda: Counts("outcome"))
    verdicts: Counts = field(default_factory=lambda: Counts("mood", "version"))
    faces: Counts = field(default_factory=lambda: Counts("mood", "version"))
    corrections: Counts = field(default_factory=lambda: Counts("kind"))
    unparsable: Counts = field(default_factory=lambda: Counts("kind"))
    retrainings: Counts = field(default_factory=lambda: Counts("outcome"))
    api_errors: Counts = field(default_factory=lambda: Counts("method", "error"))
    api_waits_s: Counts = field(default_factory=lambda: Counts("method"))
    stages: Stages = field(default_factory=Stages)
    gauges: list[Gauge] = field(default_factory=list)
    telegram_reached_at: float | None = None

    def watch(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Add a value of the moment.

        Args:
            name: its name, without the prefix that all metrics share.
            meaning: what it means.
            read: returns it.
        """
        self.gauges.append(Gauge(name, meaning, read))
