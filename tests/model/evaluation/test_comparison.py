import numpy as np
import pytest

from model.data.face_set import FaceSet
from model.evaluation.comparison import mcnemar_p_value, predict_faces
from model.network.manifest import SHIPPED
from model.prediction.predictor import Predictor
from tests.support.portraits import portrait


def test_predictions_equal_those_of_the_bot() -> None:
    crop = np.asarray(portrait().crop((160, 60, 290, 190)).convert("L").resize((48, 48)))
    predictions = predict_faces(SHIPPED, FaceSet(crop[None], np.array([1])))
    predictor = Predictor()
    assert predictions.probabilities[0] == pytest.approx(
        predictor.probability_happy(crop), abs=1e-6
    )
    assert predictions.version == predictor.version
    assert predictions.correct(np.array([1])).tolist() == [True]


@pytest.mark.parametrize(
    ("better", "worse", "p_value"), [(0, 0, 1.0), (1, 0, 1.0), (5, 5, 1.0), (6, 0, 2 / 64)]
)
def test_mcnemars_p_value_is_that_of_coin_tosses(better: int, worse: int, p_value: float) -> None:
    assert mcnemar_p_value(better, worse) == pytest.approx(p_value)
    assert mcnemar_p_value(worse, better) == pytest.approx(p_value)
