import numpy as np
import pytest

from model.data.face_set import FaceSet
from model.evaluation.comparison import mcnemar_p_value, predict_faces
from model.network.manifest import SHIPPED
from model.prediction.predictor import Predictor
from tests.support.portraits import portrait


def test_answers_are_those_of_serving() -> None:
    crop = np.asarray(portrait().crop((160, 60, 290, 190)).convert("L").resize((48, 48)))
    answers = predict_faces(SHIPPED, FaceSet(crop[None], np.array([1])))
    predictor = Predictor()
    assert answers.probabilities[0] == pytest.approx(predictor.probability_happy(crop), abs=1e-6)
    assert answers.version == predictor.version
    assert answers.correct(np.array([1])).tolist() == [True]


@pytest.mark.parametrize(
    ("better", "worse", "chance"), [(0, 0, 1.0), (1, 0, 1.0), (5, 5, 1.0), (6, 0, 2 / 64)]
)
def test_the_chance_of_a_difference_is_that_of_coin_tosses(
    better: int, worse: int, chance: float
) -> None:
    assert mcnemar_p_value(better, worse) == pytest.approx(chance)
    assert mcnemar_p_value(worse, better) == pytest.approx(chance)
