"""Settings and result of a retraining."""

from dataclasses import dataclass
from pathlib import Path

from model.retraining.paired_predictions import GateMetrics
from model.retraining.promotion_gate import GateResult

HEAD, FULL = "head", "full"
PLOT_FILE = "result.png"  # in the folder of a version, made of its metrics


@dataclass(frozen=True)
class RetrainSettings:
    """How to retrain.

    Attributes:
        mode: "head" trains the last layers and replays old faces from the model's replay buffer;
            "full" trains all layers and replays old faces from a folder.
        pictures: that folder, of face crops, as `scripts.train --crops` takes it; None for "head".
        seed: seed of everything random.
        threads: threads that TensorFlow may use, unless it is in use already.
    """

    mode: str
    pictures: Path | None
    seed: int
    threads: int


@dataclass(frozen=True)
class RetrainResult:
    """Result of a retraining.

    Attributes:
        gate: whether the new version may serve, and why.
        folder: the new version's model folder.
        before: metrics of the parent.
        after: metrics of the new version.
    """

    gate: GateResult
    folder: Path
    before: GateMetrics
    after: GateMetrics
