"""The metrics as Prometheus reads them.

Names follow https://prometheus.io/docs/practices/naming/.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from bot.metrics import BOUNDS_S, Counts, Metrics, Stages

PREFIX = "photo_mood_"
_BOUNDS = (*map(str, BOUNDS_S), "+Inf")


class MetricsPage:
    """Renders what a bot has counted.

    Args:
        metrics: the counts.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._registry = CollectorRegistry()
        self._registry.register(self)
        # Memory, open files and the time of the start; on Linux only.
        ProcessCollector(registry=self._registry)

    def render(self) -> bytes:
        """Return the page in the text format."""
        page: bytes = generate_latest(self._registry)
        return page

    def collect(self) -> Iterable[Metric]:
        """Return the current values, as `prometheus_client.CollectorRegistry` asks for them."""
        counts = self._metrics
        yield _counter("photos", "Photos by what became of them", counts.photos)
        yield _counter("verdicts", "Judged photos by mood and model", counts.verdicts)
        yield _counter("faces", "Judged faces by mood and model", counts.faces)
        yield _counter("corrections", "Labels given by people", counts.corrections)
        yield _counter(
            "unparsable_updates", "Updates set aside as they cannot be parsed", counts.unparsable
        )
        yield _counter("retrainings", "Retrainings by their end", counts.retrainings)
        yield _counter("api_errors", "Failed attempts to call the Bot API", counts.api_errors)
        yield _counter(
            "api_wait_seconds", "Seconds that Telegram asked to wait (429)", counts.api_waits_s
        )
        yield _histogram("stage_seconds", "Durations on the way of a photo", counts.stages)
        for gauge in counts.gauges:
            yield GaugeMetricFamily(PREFIX + gauge.name, gauge.meaning, gauge.read())


def _counter(name: str, meaning: str, counts: Counts) -> CounterMetricFamily:
    family = CounterMetricFamily(PREFIX + name, meaning, labels=counts.labels)
    for values, total in counts.sums.items():
        family.add_metric(values, total)
    return family


def _histogram(name: str, meaning: str, stages: Stages) -> HistogramMetricFamily:
    family = HistogramMetricFamily(PREFIX + name, meaning, labels=("stage",))
    for stage, distribution in stages.distributions.items():
        buckets = list(zip(_BOUNDS, map(float, distribution.cumulative), strict=True))
        family.add_metric((stage,), buckets, distribution.sum_s)
    return family
