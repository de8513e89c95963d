"""A retraining that takes as long as a test likes, and learns nothing.

Python looks for `scripts.retrain` in the folder that the bot runs in first; there `move_in` puts a
program that runs `scripts.retrain` itself with another learning. Two files in that folder steer it:
it goes on training while there is `wait`, and its result is no better while there is `keep`.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from model.messages import Reason
from model.registry.version import Version
from model.retraining.promotion_gate import Figures
from model.retraining.samples import SampleSet
from model.retraining.settings import Outcome, Progress, RetrainSettings
from scripts.retrain import main
from tests.support.model_versions import copy_of_shipped

PROGRAM = """\
import sys
sys.path.pop(0)  # this folder
del sys.modules["scripts"]
from tests.support.stub_learner import run
run()
"""
COUNTS = {"low": 0.4, "high": 0.95, "ece": 0.05, "n": 40, "confusion": [[18, 2], [5, 15]]}


def move_in(folder: Path) -> None:
    """Make the bot that runs in a folder retrain so.

    Args:
        folder: that it runs in.
    """
    (folder / "scripts").mkdir()
    (folder / "scripts" / "__init__.py").touch()
    (folder / "scripts" / "retrain.py").write_text(PROGRAM)


def learn(
    _parent: Version,
    samples: SampleSet,
    out: Path,
    _settings: RetrainSettings,
    report: Callable[[Progress], None],
) -> Outcome:
    """As `model.retraining.retrain.retrain`."""
    count = len(samples.labels)
    report(Progress("features", count, count))
    report(Progress("training", 15, 30, 15, 30, 0.25, 0.9))
    while Path("wait").exists():
        report(Progress("training", 15, 30, 15, 30, 0.25, 0.9))
        time.sleep(0.01)
    report(Progress("packing", 1, 1))
    report(Progress("gate", 1, 1))
    better = not Path("keep").exists()
    why = "On the corrections it is right more often." if better else "It is no better."
    return Outcome(
        "promote" if better else "keep",
        (Reason(why),),
        copy_of_shipped(out, f"learned-{time.time_ns()}"),
        _figures(0.5),
        _figures(0.9 if better else 0.5),
    )


def _figures(accuracy: float) -> Figures:
    measured = {**COUNTS, "accuracy": accuracy}
    return Figures({"base validation": measured, "corrections": measured})


def run() -> None:
    """The program."""
    status = main(learn=learn)
    sys.stderr.flush()
    os._exit(status)
