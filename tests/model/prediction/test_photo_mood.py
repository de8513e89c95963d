import pytest

from model.network.verdict import Verdict
from model.prediction.photo_mood import photo_probability
from model.prediction.results import Box, FaceVerdict


def face(happy: float, width: int = 100, score: float = 0.9) -> FaceVerdict:
    return FaceVerdict(Box(0, 0, width, width), score, happy, Verdict.UNSURE, max(happy, 1 - happy))


def test_faces_that_are_alike_count_alike() -> None:
    assert photo_probability([face(0.9), face(0.1), face(0.8)]) == pytest.approx(0.6)


@pytest.mark.parametrize("score", [0.5, 0.7, 1.0])
def test_a_single_face_decides_alone(score: float) -> None:
    assert photo_probability([face(0.97, score=score)]) == pytest.approx(0.97)


def test_a_face_twice_as_wide_counts_twice() -> None:
    assert photo_probability([face(0.9, width=200), face(0.3)]) == pytest.approx(0.7)


def test_a_doubtful_small_box_does_not_change_the_mood_of_five_happy_people() -> None:
    hand = face(0.03, width=50, score=0.56)
    five = [face(0.97)] * 5
    assert sum(each.probability_happy for each in [*five, hand]) / 6 < 0.884  # unsure before
    assert photo_probability([*five, hand]) > 0.95
