"""The results as tables in Markdown and as JSON."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.benchmarks.peers.bots import OURS
from scripts.benchmarks.peers.runs import PINNED, PIPELINES, UNPINNED, Figures, Results

Column = tuple[str, str, int]  # heading, figure, decimals
COLUMNS: dict[str, Sequence[Column]] = {
    PIPELINES: (
        ("median, ms", "median_ms", 0),
        ("mean, ms", "mean_ms", 0),
        ("CPU, ms", "cpu_ms", 0),
        ("faces", "faces", 0),
        ("photos with faces", "photos_with_faces", 0),
    ),
    **dict.fromkeys(
        (PINNED, UNPINNED),
        (
            ("start, s", "start_s", 1),
            ("p50, ms", "p50_ms", 0),
            ("p95, ms", "p95_ms", 0),
            ("CPU, ms", "cpu_ms", 0),
            ("resident, MB", "resident_mb", 0),
            ("eight: photos/s", "busy_per_s", 1),
            ("CPU, ms", "busy_cpu_ms", 0),
            ("resident, MB", "busy_resident_mb", 0),
        ),
    ),
}
DAY_S = 24 * 3600
# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
MESSAGES_PER_S = 30
TITLES = {
    PIPELINES: "bytes to verdict, one core",
    PINNED: "whole bot on one core",
    UNPINNED: "whole bot, all cores",
}


def tables(results: Results) -> str:
    """Return a table in Markdown for each part."""
    return "\n".join(_table(part, programs) for part, programs in results.items())


def comparison(results: Results) -> str:
    """Return what the medians of the whole bots say, a sentence a line."""
    lines = []
    for part in (part for part in results if part != PIPELINES):
        own, *others = results[part]
        if own != OURS:
            continue
        rate = _median(results[part][own], "busy_per_s")
        lines.append(
            f"{TITLES[part]}: {rate * DAY_S:,.0f} photos a day; "
            f"Telegram's limit is {MESSAGES_PER_S * DAY_S:,} answers"
        )
        for other in others:
            runs = results[part][other]
            faster = rate / _median(runs, "busy_per_s")
            start = _median(results[part][own], "start_s") / _median(runs, "start_s")
            lines.append(f"  beside {other}: {faster:.1f} x the photos/s, {start:.2f} x the start")
        if pipeline := results.get(PIPELINES, {}).get(own):
            rest = _median(results[part][own], "cpu_ms") - _median(pipeline, "cpu_ms")
            lines.append(f"  CPU a photo without the pipeline's: {rest:.0f} ms")
    return "\n".join(lines) + "\n"


def _median(runs: Sequence[Figures], key: str) -> float:
    return float(np.median([run[key] for run in runs]))


def write_json(results: Results, file: Path) -> None:
    """Write the figures of each run."""
    file.write_text(json.dumps(results, indent=1) + "\n")


def _table(part: str, programs: dict[str, list[Figures]]) -> str:
    columns = COLUMNS[part]
    lines = [
        f"| {TITLES[part]} | {' | '.join(heading for heading, _, _ in columns)} |",
        f"| --- |{' ---: |' * len(columns)}",
    ]
    for name, runs in programs.items():
        cells = [_cell([run[key] for run in runs], decimals) for _, key, decimals in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(values: Sequence[float], decimals: int) -> str:
    """Return for example "87 (85–91)"; the median alone if the runs do not differ."""
    middle, least, most = (
        f"{value:.{decimals}f}" for value in (np.median(values), min(values), max(values))
    )
    return middle if least == most else f"{middle} ({least}–{most})"
