"""Compare two models on the same faces."""

from dataclasses import dataclass
from math import comb
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet
from model.evaluation.intervals import Interval
from model.evaluation.metrics import measure
from model.network.manifest import read_manifest
from model.network.mood_network import MoodNetwork
from model.network.preprocessing import preprocess


@dataclass(frozen=True, slots=True)
class FacePredictions:
    """A model's predictions for a set of faces.

    Attributes:
        version: name of the model.
        probabilities: (count,) calibrated probabilities of happy, 0 to 1.
        sure_threshold: minimum confidence of a sure answer, 0.5 to 1.
        neutral: (count,) whether the answer is neutral.
    """

    version: str
    probabilities: NDArray[np.float64]
    sure_threshold: float
    neutral: NDArray[np.bool_]

    def metrics(self, labels: NDArray[np.intp]) -> dict[str, Interval]:
        """Return the metrics with their intervals; labels (count,), 1 for happy, 0 for sad."""
        return measure(self.probabilities, labels, self.sure_threshold, self.neutral)

    def correct(self, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which predictions are correct, (count,)."""
        return np.asarray((self.probabilities >= 0.5) == (labels == 1))


def predict_faces(folder: Path, faces: FaceSet) -> FacePredictions:
    """Predict faces the way the bot does.

    Args:
        folder: the model folder.
        faces: the faces.

    Returns:
        The predictions, in the order of the faces.

    Raises:
        ModelError: the folder does not hold a usable model.
    """
    manifest = read_manifest(folder)
    network = MoodNetwork(folder, manifest)
    inputs = (preprocess(grey, manifest.preprocessing) for grey in faces.greys)
    answers = [network.probabilities(one) for one in inputs]
    limit = 1.0 if manifest.neither is None else manifest.neither.threshold
    return FacePredictions(
        manifest.version,
        np.array([one.happy for one in answers]),
        manifest.sure_threshold,
        np.array([one.neither is not None and one.neither > limit for one in answers], bool),
    )


def mcnemar_p_value(better: int, worse: int) -> float:
    """Return the probability that two equally good models differ at least this much.

    Args:
        better: number of faces that only the first model predicts correctly.
        worse: number of faces that only the second model predicts correctly.

    Returns:
        The p-value of McNemar's test (1947) in its exact, two-sided form, 0 to 1.
    """
    count = better + worse
    tail = sum(comb(count, k) for k in range(min(better, worse) + 1))
    return float(min(1, 2 * tail / 2**count))
