import numpy as np
import pytest

from model.evaluation import expected_calibration_error, measure


def test_measures_of_a_known_case() -> None:
    probabilities = np.array([0.9, 0.8, 0.6, 0.3, 0.2, 0.9])
    labels = np.array([1, 1, 0, 1, 0, 1])
    metrics = measure(probabilities, labels, threshold=0.8)
    assert metrics["accuracy"] == pytest.approx(4 / 6)
    assert metrics["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert metrics["coverage_at_sure"] == pytest.approx(4 / 6)
    assert metrics["accuracy_at_sure"] == 1.0
    assert metrics["brier"] == pytest.approx((0.01 + 0.04 + 0.36 + 0.49 + 0.04 + 0.01) / 6)
    assert metrics["n"] == 6


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    confidence = np.full(100, 0.8)
    assert expected_calibration_error(confidence, np.arange(100) < 80) == pytest.approx(0)
    assert expected_calibration_error(confidence, np.arange(100) < 60) == pytest.approx(0.2)


def test_full_confidence_has_a_bin() -> None:
    assert expected_calibration_error(np.ones(4), np.ones(4, bool)) == 0
