"""Progress of a retraining, as it goes from the subprocess through the pipe to the bot."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

STAGES = ("features", "training", "packing", "gate")  # in order


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a retraining is.

    Attributes:
        stage: one of `STAGES`; empty before the first one.
        done: steps done of `total` in this stage.
        total: steps in this stage; 0 if unknown.
        epoch: current epoch of the current training, from 1. With few samples the network is
            trained several times for cross-validation; `done` counts the epochs of all trainings.
        epochs: number of epochs of each training.
        loss: training loss of the epoch.
        accuracy: accuracy on the samples trained on, 0 to 1.
        eta_s: seconds until the retraining is done, if known.
        share: how much of the whole retraining is done, 0 to 1, if known.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    epoch: int | None = None
    epochs: int | None = None
    loss: float | None = None
    accuracy: float | None = None
    eta_s: float | None = None
    share: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all fields, in JSON's types."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Progress":
        """Read the known fields; a newer program may send more."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: content[name] for name in names if name in content})
