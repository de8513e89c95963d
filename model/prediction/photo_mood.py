"""The mood of a photo with faces."""

from collections.abc import Sequence

from model.faces.search import MIN_SCORE
from model.network.verdict import MoodProbabilities
from model.prediction.results import FaceVerdict

_SMALLEST = 1e-6  # of the factors, so that a mean exists


def photo_probabilities(faces: Sequence[FaceVerdict]) -> MoodProbabilities:
    """Return the probabilities of a photo: the weighted mean over its faces.

    A face counts by its width, and by how far the detector's score is above the lowest accepted
    one. So a face twice as wide counts twice, and one that was nearly rejected hardly counts.

    The mean is that of the faces' probabilities of happy, sad and neither. So a photo is neutral if
    most of it is, such as one of a happy face among four neutral ones. If it is not neutral, a face
    has the less say in whether it is happy or sad, the more neutral it looks: of two happy faces
    and two neutral ones, the photo is as happy as the happy ones.

    Args:
        faces: one or more faces, judged by the same model.
    """
    weights = [
        max(_SMALLEST, face.box.width) * max(_SMALLEST, face.score - MIN_SCORE) for face in faces
    ]
    moods = [
        weight * max(_SMALLEST, 1 - (face.probability_neither or 0.0))
        for weight, face in zip(weights, faces, strict=True)
    ]
    happy = _mean(moods, [face.probability_happy for face in faces])
    neither = [face.probability_neither for face in faces if face.probability_neither is not None]
    return MoodProbabilities(happy, _mean(weights, neither) if neither else None)


def _mean(weights: Sequence[float], values: Sequence[float]) -> float:
    weighted = zip(weights, values, strict=True)
    return sum(weight * value for weight, value in weighted) / sum(weights)
