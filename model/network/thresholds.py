"""Fit the two thresholds of a model that also tells neutral faces.

The rule: of all pairs of thresholds for which at least 99 % of the sure answers on happy and sad
faces are right, and no other expression is surely called happy or sad more often than `LIMITS`
says, take the one that gives the most sure answers on happy and sad faces. If no pair keeps all
limits, take one of those that exceed them by the least; if no pair makes 99 % right, the one that
makes the most right.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.network.calibration import TARGET_ACCURACY
from model.network.verdict import Verdict

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Limit:
    """How often other faces may surely be called a mood.

    Attributes:
        labels: their labels, pooled.
        mood: what they are called, happy or sad.
        share: the largest acceptable share, 0 to 1.
    """

    labels: tuple[str, ...]
    mood: Verdict
    share: float


# New faces exceed them: of FER+'s neutral faces, one model surely called 12 % of the calibration
# part sad, and 18 % of the validation part (docs/experiments.md).
LIMITS = (
    Limit(("neutral",), Verdict.SAD, 0.10),
    Limit(("neutral",), Verdict.HAPPY, 0.05),
    Limit(("angry", "contempt", "disgust", "fear"), Verdict.SAD, 0.08),
    Limit(("surprise",), Verdict.HAPPY, 0.08),
    Limit(("angry",), Verdict.HAPPY, 0.06),
)
_NEITHER = np.round(np.arange(0.3, 0.96, 0.01), 2)  # thresholds of P(neither) to try
_SURE = np.round(np.arange(0.5, 0.9501, 0.005), 3)  # confidence thresholds to try


def fit_thresholds(happy: Floats, neither: Floats, labels: NDArray[np.str_]) -> tuple[float, float]:
    """Find the thresholds for sure and for neutral verdicts; see the rule above.

    Args:
        happy: calibrated probabilities of happy, (count,), 0 to 1.
        neither: calibrated probabilities of neither, (count,), 0 to 1.
        labels: (count,), the names of the labels of faces that were not trained on; happy and sad
            must occur.

    Returns:
        The lowest confidence of a sure verdict, 0.5 to 0.95, and the probability of neither above
        which a face is neutral, 0.3 to 0.95.
    """
    confidence = np.maximum(happy, 1 - happy)
    mood = np.where(happy >= 0.5, Verdict.HAPPY.value, Verdict.SAD.value)
    moods = np.isin(labels, [Verdict.HAPPY.value, Verdict.SAD.value])
    right = moods & (mood == labels)
    limited = [(np.isin(labels, one.labels), mood == one.mood.value) for one in LIMITS]

    def quality(neutral_above: float, sure_from: float) -> tuple[float, ...]:
        sure = (neither <= neutral_above) & (confidence >= sure_from)
        answered = int((sure & moods).sum())
        accuracy = float((sure & right).sum() / answered) if answered else 1.0
        if accuracy < TARGET_ACCURACY:
            return (0, accuracy, answered)
        excess = sum(
            max(0.0, _share(sure & called, labelled) - limit.share)
            for (labelled, called), limit in zip(limited, LIMITS, strict=True)
        )
        return (1, -excess, answered, accuracy)

    pairs = ((float(above), float(sure_from)) for above in _NEITHER for sure_from in _SURE)
    neutral_above, sure_from = max(pairs, key=lambda pair: quality(*pair))
    return sure_from, neutral_above


def _share(hits: Mask, of: Mask) -> float:
    count = int(of.sum())
    return float((hits & of).sum() / count) if count else 0.0
