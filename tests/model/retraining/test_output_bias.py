import numpy as np
import pytest

from model.retraining.output_bias import balancing_shift

LABELS = np.array([0.0, 0.0, 0.0, 1.0, 0.5])


def shifted(answers: np.ndarray, shift: float) -> np.ndarray:
    return 1 / (1 + (1 - answers) / answers * np.exp(-shift))


def test_a_network_that_says_happy_too_often_is_shifted_back() -> None:
    wanted = np.array([0.1, 0.2, 0.4, 0.9, 0.5])
    assert balancing_shift(shifted(wanted, 1.5), wanted, LABELS) == pytest.approx(-1.5, abs=1e-6)
    assert balancing_shift(wanted, wanted, LABELS) == pytest.approx(0, abs=1e-6)


def test_faces_of_each_label_count_the_same_together() -> None:
    wanted = np.full(5, 0.5)
    answers = np.array([0.7, 0.7, 0.7, 0.3, 0.5])  # twice 0.2 more and less
    assert balancing_shift(answers, wanted, LABELS) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_certain_answers_give_a_finite_shift(answer: float) -> None:
    assert abs(balancing_shift(np.full(5, answer), np.full(5, 0.5), LABELS)) <= 8
