"""The answers of the active version and of a retrained one to the same faces."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.evaluation.intervals import Interval
from model.evaluation.metrics import RESAMPLES, expected_calibration_error, share_of
from model.evaluation.paired_shares import PairedCounts, mean_gain, paired_gain

_SEED = 1
_NEAREST = 1e-7  # to 0 and 1; nearer to them, no probability has a finite logit as float32

Floats = NDArray[np.float64]
# By set of faces: accuracy, its 95 % interval low to high, balanced_accuracy (None unless there are
# happy and sad faces), ece, n, and confusion with a row for happy and for sad faces and a column
# for happy and for sad answers. All of it fits into JSON.
GateMetrics = dict[str, dict[str, Any]]
VALIDATION, CORRECTIONS = "base validation", "corrections"


@dataclass(frozen=True)
class PairedPredictions:
    """The answers of both models to the same faces.

    Attributes:
        labels: (count,), 1 for happy, 0 for sad.
        before: (count,), the champion's calibrated probabilities of happy.
        after: (count,), the challenger's.
        weights: (count,), how much each face counts.
    """

    labels: NDArray[np.intp]
    before: Floats
    after: Floats
    weights: Floats

    def gain(self) -> Interval:
        """Return the weighted accuracy gain of the challenger, with a paired bootstrap interval.

        Faces are drawn with replacement, each with both answers (Efron 1979), so what makes a face
        hard for both models cancels out. The ends are those of the one-sided 95 % intervals.
        """
        correct_before, correct_after = self._correct(self.before), self._correct(self.after)
        difference = (correct_after.astype(float) - correct_before) * self.weights
        rng = np.random.default_rng(_SEED)
        draws = np.empty(RESAMPLES)
        for index in range(RESAMPLES):
            drawn = rng.integers(0, len(difference), len(difference))
            draws[index] = difference[drawn].sum() / self.weights[drawn].sum()
        low, high = np.percentile(draws, [5, 95])
        value = difference.sum() / self.weights.sum()
        return Interval(float(value), float(low), float(high))

    def balanced_gain(self) -> Interval:
        """Return the gain of the challenger in balanced accuracy: happy and sad count the same.

        The ends are those of the one-sided 95 % intervals. The weights of the faces do not count.
        """
        before, after = self._correct(self.before), self._correct(self.after)
        kinds = [self.labels == label for label in np.unique(self.labels)]
        return mean_gain(
            [
                paired_gain(
                    PairedCounts(
                        int(kind.sum()),
                        gained=int((after & ~before & kind).sum()),
                        lost=int((before & ~after & kind).sum()),
                    )
                )
                for kind in kinds
            ]
        )

    def mistakes_moved(self) -> Floats:
        """Return how far the answer to each mistake of the champion has moved towards its label.

        Returns:
            (mistakes,), in units of the logit; negative if it has moved away.
        """
        wrong = ~self._correct(self.before)
        moved = _logit(self.after[wrong]) - _logit(self.before[wrong])
        return np.where(self.labels[wrong] == 1, moved, -moved)

    def correct_counts(self) -> tuple[int, int]:
        """Return how many answers of the champion and of the challenger are right."""
        return int(self._correct(self.before).sum()), int(self._correct(self.after).sum())

    def changes(self) -> "Changes":
        """Count the answers that are right in only one of the models."""
        before, after = self._correct(self.before), self._correct(self.after)
        return Changes(
            mistakes=int((~before).sum()),
            corrected=int((~before & after).sum()),
            right=int(before.sum()),
            spoiled=int((before & ~after).sum()),
        )

    def _correct(self, answers: Floats) -> NDArray[np.bool_]:
        return _is_correct(answers, self.labels)


@dataclass(frozen=True)
class Changes:
    """What the challenger answers differently from the champion.

    Attributes:
        mistakes: mistakes of the champion.
        corrected: those of them that the challenger does not make.
        right: right answers of the champion.
        spoiled: those of them that the challenger does not give.
    """

    mistakes: int
    corrected: int
    right: int
    spoiled: int

    @property
    def corrected_share(self) -> float:
        """The share of the mistakes that is corrected, 0 to 1; 0 without mistakes."""
        return self.corrected / max(self.mistakes, 1)

    @property
    def spoiled_share(self) -> float:
        """The share of the right answers that is spoiled, 0 to 1; 0 without right answers."""
        return self.spoiled / max(self.right, 1)


@dataclass(frozen=True)
class SureOnNeutral:
    """How many neutral faces are surely called happy or sad, which they are not.

    Attributes:
        count: neutral faces that no version ever trained on.
        before: those that the champion calls happy or sad.
        after: those that the challenger calls so.
        shipped: those that the shipped model calls so; None if it is the champion, or cannot be
            asked.
    """

    count: int
    before: int
    after: int
    shipped: int | None = None


@dataclass(frozen=True)
class ChampionChallenger:
    """The answers that the gate decides on.

    Attributes:
        validation: answers to faces that no version ever trained on.
        corrections: answers to samples that the answering model did not train on; the weights
            limit the influence of each user.
        balance: (count,), factors for the weights of `corrections` that make up for mistakes being
            reported more often than right answers.
        held_out: how many of the corrections are never trained on. The others, if there are any,
            were answered by networks trained without them (cross-validation).
        wrong_share: how many of the champion's answers to the people who corrected it are wrong, as
            far as they said so, 0 to 1.
        since_shipped: the answers to the faces of `validation` with the shipped model in the
            champion's place; None if it is the champion, or cannot be asked.
        neutral: the verdicts on neutral faces; None if there are none, as in the replay buffers of
            earlier releases.
    """

    validation: PairedPredictions
    corrections: PairedPredictions
    balance: Floats
    held_out: int
    wrong_share: float
    since_shipped: PairedPredictions | None = None
    neutral: SureOnNeutral | None = None

    def metrics(self) -> tuple[GateMetrics, GateMetrics]:
        """Return the metrics of the champion and of the challenger."""
        sets = {VALIDATION: self.validation, CORRECTIONS: self.corrections}
        return (
            {name: _metrics(pair.before, pair.labels) for name, pair in sets.items()},
            {name: _metrics(pair.after, pair.labels) for name, pair in sets.items()},
        )


def _metrics(probabilities: Floats, labels: NDArray[np.intp]) -> dict[str, Any]:
    correct = _is_correct(probabilities, labels)
    accuracy = share_of(correct)
    says_happy = probabilities >= 0.5
    return {
        "accuracy": accuracy.value,
        "low": accuracy.low,
        "high": accuracy.high,
        "balanced_accuracy": _balanced_accuracy(correct, labels),
        "ece": calibration_error(probabilities, labels),
        "n": len(labels),
        "confusion": [
            [int((says & (labels == label)).sum()) for says in (says_happy, ~says_happy)]
            for label in (1, 0)
        ],
    }


def _balanced_accuracy(correct: NDArray[np.bool_], labels: NDArray[np.intp]) -> float | None:
    shares = [float(correct[labels == label].mean()) for label in (0, 1) if label in labels]
    return sum(shares) / 2 if len(shares) == 2 else None


def calibration_error(probabilities: Floats, labels: NDArray[np.intp]) -> float:
    """Return the expected calibration error of answers, 0 to 1.

    Args:
        probabilities: (count,), calibrated probabilities of happy.
        labels: (count,), 1 for happy, 0 for sad.
    """
    confidence = np.maximum(probabilities, 1 - probabilities)
    return expected_calibration_error(confidence, _is_correct(probabilities, labels))


def _is_correct(probabilities: Floats, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    return np.asarray((probabilities >= 0.5) == (labels == 1))


def _logit(probabilities: Floats) -> Floats:
    clipped = np.clip(probabilities, _NEAREST, 1 - _NEAREST)
    return np.asarray(np.log(clipped / (1 - clipped)))
