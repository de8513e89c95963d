"""The mood of a photo with faces."""

from collections.abc import Sequence

from model.faces.detector import MIN_SCORE
from model.prediction.results import FaceVerdict

_SMALLEST = 1e-6  # of the factors, so that a mean exists


def photo_probability(faces: Sequence[FaceVerdict]) -> float:
    """Return the probability that a photo is happy, 0 to 1: the weighted mean over its faces.

    A face counts by its width, and by how far the detector's score is above the lowest accepted
    one. So a face twice as wide counts twice, and one that was nearly rejected hardly counts.

    Args:
        faces: one or more faces.
    """
    weights = [
        max(_SMALLEST, face.box.width) * max(_SMALLEST, face.score - MIN_SCORE) for face in faces
    ]
    weighted = zip(weights, faces, strict=True)
    return sum(weight * face.probability_happy for weight, face in weighted) / sum(weights)
