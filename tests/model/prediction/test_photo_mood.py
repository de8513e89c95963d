import pytest

from model.network.verdict import Verdict
from model.prediction.photo_mood import photo_probabilities
from model.prediction.results import Box, FaceVerdict


def face(
    happy: float, width: int = 100, score: float = 0.9, neither: float | None = None
) -> FaceVerdict:
    return FaceVerdict(
        Box(0, 0, width, width), score, happy, Verdict.UNSURE, max(happy, 1 - happy), neither
    )


def test_faces_that_are_alike_count_alike() -> None:
    assert photo_probabilities([face(0.9), face(0.1), face(0.8)]).happy == pytest.approx(0.6)


@pytest.mark.parametrize("score", [0.5, 0.7, 1.0])
def test_a_single_face_decides_alone(score: float) -> None:
    assert photo_probabilities([face(0.97, score=score)]).happy == pytest.approx(0.97)


def test_a_face_twice_as_wide_counts_twice() -> None:
    assert photo_probabilities([face(0.9, width=200), face(0.3)]).happy == pytest.approx(0.7)


def test_a_doubtful_small_box_does_not_change_the_mood_of_five_happy_people() -> None:
    hand = face(0.03, width=50, score=0.56)
    five = [face(0.97)] * 5
    assert sum(each.probability_happy for each in [*five, hand]) / 6 < 0.884  # unsure before
    assert photo_probabilities([*five, hand]).happy > 0.95


def test_a_photo_is_as_neutral_as_its_faces() -> None:
    one_happy = photo_probabilities([face(0.95, neither=0.1), *[face(0.3, neither=0.9)] * 4])
    assert one_happy.neither == pytest.approx(0.74)
    assert photo_probabilities([face(0.9), face(0.1)]).neither is None


def test_neutral_faces_hardly_matter_for_happy_or_sad() -> None:
    half = photo_probabilities([*[face(0.95, neither=0.05)] * 2, *[face(0.2, neither=0.95)] * 2])
    assert half.neither == pytest.approx(0.5)
    assert half.happy == pytest.approx(0.9125)
    certain = photo_probabilities([face(0.95, neither=1.0), face(0.05, neither=1.0)])
    assert certain.happy == pytest.approx(0.5)
