"""What a retraining is told, tells on its way, and comes to."""

from dataclasses import dataclass
from pathlib import Path

from model.messages import Reason
from model.retraining.promotion_gate import Figures

HEAD, FULL = "head", "full"


@dataclass(frozen=True)
class RetrainSettings:
    """How to retrain.

    Args:
        mode: "head": the last layers learn, old faces are replayed from the model's replay set;
            "full": all layers learn, old faces are replayed from a folder.
        pictures: that folder, of face crops, as `scripts.train --crops` takes it; None for "head".
        seed: of everything random.
        threads: that TensorFlow may use, unless it is in use already.
    """

    mode: str
    pictures: Path | None
    seed: int
    threads: int


@dataclass(frozen=True)
class Progress:
    """How far a retraining is.

    Args:
        stage: "features", "training", "gate" or "packing".
        done: of `total`, in this stage.
        total: in this stage.
        epoch: in training, from 1; where lessons are few it is learned several times, and the
            epochs of all these trainings are counted.
        epochs: all of them.
        loss: of the epoch.
        accuracy: on the lessons learned from, 0 to 1.
    """

    stage: str
    done: int
    total: int
    epoch: int | None = None
    epochs: int | None = None
    loss: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What a retraining came to.

    Args:
        decision: "promote" or "keep".
        reasons: why.
        folder: of the new version, packed, with `DECISION_FILE`.
        before: what the parent is worth.
        after: what the new version is worth.
    """

    decision: str
    reasons: tuple[Reason, ...]
    folder: Path
    before: Figures
    after: Figures
