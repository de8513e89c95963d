"""Runs the programs in turn, and collects their figures."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.benchmarks.peers import bots
from scripts.benchmarks.peers.bots import HAAR, MTCNN, OURS
from scripts.reliability.bot_process import REPOSITORY

PIPELINES = "pipelines"
PINNED = "pinned"
UNPINNED = "unpinned"
PARTS = (PIPELINES, PINNED, UNPINNED)
NAMES = (OURS, HAAR, MTCNN)
_PIPELINE_NAMES = {OURS: "ours", HAAR: "haar", MTCNN: "mtcnn"}

Figures = dict[str, float]
# By part and program, a dictionary of figures for each run.
Results = dict[str, dict[str, list[Figures]]]


def measure_all(
    parts: Sequence[str],
    programs: Sequence[str],
    python: Path,
    photos: Sequence[Path],
    repeats: int,
) -> Results:
    """Run each program `repeats` times in each part, the programs in turn.

    Args:
        parts: some of `PARTS`.
        programs: some of `NAMES`.
        python: of the everyday bots' environment.
        photos: picture files.
        repeats: how many runs of each.
    """
    results: Results = {part: {name: [] for name in programs} for part in parts}
    for part in parts:
        for number in range(repeats):
            for name in programs:
                print(f"{part}, run {number + 1}: {name}", file=sys.stderr)
                if part == PIPELINES:
                    figures = _pipeline(name, python, photos)
                else:
                    figures = bots.measure(name, python, photos, pinned=part == PINNED).as_row()
                results[part][name].append(figures)
    return results


def _pipeline(name: str, python: Path, photos: Sequence[Path]) -> Figures:
    own = sys.executable if name == OURS else str(python)
    module = "scripts.benchmarks.peers.pipelines"
    ran = subprocess.run(  # noqa: S603 - a command of this module
        [own, "-m", module, _PIPELINE_NAMES[name], *map(str, photos)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"The pipeline of {name} failed: {ran.stderr}")
    seen = json.loads(ran.stdout.splitlines()[-1])
    return {
        "median_ms": float(np.median(seen["wall_ms"])),
        "mean_ms": float(np.mean(seen["wall_ms"])),
        "cpu_ms": float(np.mean(seen["cpu_ms"])),
        "faces": float(sum(seen["faces"])),
        "photos_with_faces": float(np.count_nonzero(seen["faces"])),
    }
