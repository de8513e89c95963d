import numpy as np
import pytest

from model.network.calibration import TARGET_ACCURACY, fit_sure_threshold, fit_temperature
from model.network.verdict import apply_temperature


def overconfident(count: int = 4000, factor: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities whose logits are too large by `factor`, and their labels."""
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 4, count)
    labels = (rng.random(count) < 1 / (1 + np.exp(-logits))).astype(np.intp)
    return 1 / (1 + np.exp(-logits * factor)), labels


def test_the_temperature_of_overconfident_probabilities_is_found() -> None:
    probabilities, labels = overconfident(factor=2.0)
    assert fit_temperature(probabilities, labels) == pytest.approx(2.0, rel=0.1)


def test_calibrated_probabilities_need_no_temperature() -> None:
    probabilities, labels = overconfident(factor=1.0)
    assert fit_temperature(probabilities, labels) == pytest.approx(1.0, rel=0.1)


def test_the_prior_dominates_with_little_data() -> None:
    probabilities, labels = np.array([0.8] * 10 + [0.2] * 10), np.array([1] * 10 + [0] * 10)
    assert fit_temperature(probabilities, labels) == 0.25
    assert 0.6 < fit_temperature(probabilities, labels, prior=1.0) < 1.0


def test_the_data_dominate_the_prior_when_there_are_many() -> None:
    probabilities, labels = overconfident(factor=2.0)
    assert fit_temperature(probabilities, labels, prior=1.0) == pytest.approx(2.0, rel=0.1)


def test_temperature_keeps_the_likelier_mood_and_handles_certainty() -> None:
    probabilities = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    calibrated = apply_temperature(probabilities, 2.0)
    assert np.isfinite(calibrated).all()
    assert ((calibrated >= 0.5) == (probabilities >= 0.5)).all()
    assert calibrated[3] < 0.9


def test_verdicts_above_the_threshold_reach_the_target_accuracy() -> None:
    probabilities, labels = overconfident(factor=1.0)
    threshold = fit_sure_threshold(probabilities, labels)
    sure = np.maximum(probabilities, 1 - probabilities) >= threshold
    right = (probabilities >= 0.5) == (labels == 1)
    assert right[sure].mean() >= TARGET_ACCURACY - 0.005
    assert 0.1 < sure.mean() < 1


def test_all_verdicts_of_a_perfect_model_are_sure() -> None:
    labels = np.array([0, 1] * 50)
    assert fit_sure_threshold(np.where(labels == 1, 0.9, 0.1), labels) <= 0.9


def test_the_threshold_is_highest_if_the_target_is_out_of_reach() -> None:
    labels = np.array([0, 1] * 50)
    assert fit_sure_threshold(np.full(100, 0.7), labels) == 0.95
