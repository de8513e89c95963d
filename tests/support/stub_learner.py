"""A retraining that takes as long as a test likes, and trains nothing.

Python looks for `scripts.retrain` first in the folder that the bot runs in; `install` puts a
program there that runs `scripts.retrain` itself with a stub in place of the training. Two files in
that folder control it: training goes on while there is PAUSE_FILE, and its result is not better
while there is KEEP_FILE.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from model.registry.version import Version
from model.retraining.paired_predictions import GateMetrics
from model.retraining.progress import Progress
from model.retraining.promotion_gate import CorrectionsCheck, GateResult
from model.retraining.samples import SampleSet
from model.retraining.settings import RetrainResult, RetrainSettings
from scripts.retrain import main
from tests.support.model_versions import copy_of_shipped

PAUSE_FILE = "wait"
KEEP_FILE = "keep"
PROGRAM = """\
import sys
sys.path.pop(0)  # this folder
del sys.modules["scripts"]
from tests.support.stub_learner import run
run()
"""
METRICS = {"low": 0.4, "high": 0.95, "ece": 0.05, "n": 40, "confusion": [[18, 2], [5, 15]]}


def install(folder: Path) -> None:
    """Make the bot that runs in a folder retrain with the stub."""
    (folder / "scripts").mkdir()
    (folder / "scripts" / "__init__.py").touch()
    (folder / "scripts" / "retrain.py").write_text(PROGRAM)


def retrain(
    _parent: Version,
    samples: SampleSet,
    out: Path,
    _settings: RetrainSettings,
    report: Callable[[Progress], None],
) -> RetrainResult:
    """Stand in for `model.retraining.retrain.retrain`."""
    count = len(samples.labels)
    report(Progress("features", count, count))
    report(Progress("training", 15, 30, 15, 30, 0.25, 0.9))
    while Path(PAUSE_FILE).exists():
        report(Progress("training", 15, 30, 15, 30, 0.25, 0.9))
        time.sleep(0.01)
    report(Progress("packing", 1, 1))
    report(Progress("gate", 1, 1))
    better = not Path(KEEP_FILE).exists()
    check = CorrectionsCheck(better, 40, 20, 36 if better else 20, held_out=True)
    return RetrainResult(
        GateResult((check,)),
        copy_of_shipped(out, f"learned-{time.time_ns()}"),
        _metrics(0.5),
        _metrics(0.9 if better else 0.5),
    )


def _metrics(accuracy: float) -> GateMetrics:
    metrics = {**METRICS, "accuracy": accuracy}
    return {"base validation": metrics, "corrections": metrics}


def run() -> None:
    """Run the program."""
    status = main(train=retrain)
    sys.stderr.flush()
    os._exit(status)
