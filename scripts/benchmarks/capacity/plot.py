"""The 95th percentile over the rate of photos, a line for each number of replicas."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from scripts.benchmarks.capacity.service_times import ServiceTimes
from scripts.benchmarks.capacity.sizing import MESSAGES_PER_S, Deployment, highest_rate

REPLICAS = (1, 2, 4, 8)
# Okabe & Ito's palette (2008), distinguishable with any kind of colour vision.
_COLORS = ("#009E73", "#0072B2", "#D55E00", "#CC79A7")
_LONGEST_S = 2.0


def draw(times: ServiceTimes, file: Path) -> None:
    """Write a PNG."""
    mpl.use("Agg")
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    end = 1.1 * max(highest_rate(times), MESSAGES_PER_S)
    for replicas, color in zip(REPLICAS, _COLORS, strict=True):
        rates = np.linspace(0.5, end, 150)
        p95 = [Deployment(times, rate, replicas, 1).computed_p95_s() for rate in rates]
        name = "1 replica" if replicas == 1 else f"{replicas} replicas"
        axes.plot(rates, p95, color=color, label=name)
    for rate, name in (
        (MESSAGES_PER_S, "Telegram's free limit"),
        (highest_rate(times), "lock of one database"),
    ):
        axes.axvline(rate, color="#666666", linestyle="--", linewidth=1)
        axes.annotate(name, (rate, _LONGEST_S), xytext=(-4, -4), textcoords="offset points",
                      rotation=90, ha="right", va="top", fontsize=8)  # fmt: skip
    axes.set(xlabel="photos a second", ylabel="p95, s", xlim=(0, end), ylim=(0, _LONGEST_S))
    axes.legend(title="one worker each", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=90)
