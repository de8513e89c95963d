import numpy as np
import pytest

from model.evaluation.metrics import (
    compute_metrics,
    expected_calibration_error,
    measure,
    read_accuracy,
)

PROBABILITIES = np.array([0.9, 0.8, 0.6, 0.3, 0.2, 0.9])
LABELS = np.array([1, 1, 0, 1, 0, 1])


def predictions(count: int, accuracy: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, half of them happy, and predictions with the given accuracy."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    correct = rng.random(count) < accuracy
    confidence = rng.uniform(0.5, 1, count)
    return np.where(correct == (labels == 1), confidence, 1 - confidence - 1e-9), labels


def test_metrics_of_a_known_case() -> None:
    metrics = compute_metrics(PROBABILITIES, LABELS, threshold=0.8)
    assert metrics["accuracy"] == pytest.approx(4 / 6)
    assert metrics["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert metrics["precision"] == pytest.approx(3 / 4)
    assert metrics["recall"] == pytest.approx(3 / 4)
    assert metrics["f1"] == pytest.approx(3 / 4)
    assert metrics["auc"] == pytest.approx(7 / 8)
    assert metrics["coverage_at_sure"] == pytest.approx(4 / 6)
    assert metrics["accuracy_at_sure"] == 1.0
    assert metrics["brier"] == pytest.approx((0.01 + 0.04 + 0.36 + 0.49 + 0.04 + 0.01) / 6)
    assert metrics["n"] == 6


def test_auc_counts_ordered_pairs_and_half_of_the_ties() -> None:
    probabilities, labels = np.array([0.2, 0.5, 0.5, 0.9]), np.array([0, 0, 1, 1])
    assert compute_metrics(probabilities, labels, 0.9)["auc"] == pytest.approx(3.5 / 4)
    assert compute_metrics(1 - probabilities, labels, 0.9)["auc"] == pytest.approx(0.5 / 4)
    assert compute_metrics(np.full(4, 0.7), labels, 0.9)["auc"] == pytest.approx(0.5)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    confidence = np.full(100, 0.8)
    assert expected_calibration_error(confidence, np.arange(100) < 80) == pytest.approx(0)
    assert expected_calibration_error(confidence, np.arange(100) < 60) == pytest.approx(0.2)


def test_a_confidence_of_1_has_a_bin() -> None:
    assert expected_calibration_error(np.ones(4), np.ones(4, bool)) == 0


def test_intervals_contain_the_value_and_are_reproducible() -> None:
    probabilities, labels = predictions(300, 0.9)
    intervals = measure(probabilities, labels, 0.8)
    values = compute_metrics(probabilities, labels, 0.8)
    assert set(intervals) == set(values) - {"n", "intervals"}
    for name, interval in intervals.items():
        assert interval.value == values[name]
        assert [interval.low, interval.high] == values["intervals"][name]
        assert interval.low <= interval.value <= interval.high, name
        assert 0 <= interval.low < interval.high <= 1, name
    assert intervals == measure(probabilities, labels, 0.8)


def test_an_interval_is_as_wide_as_in_theory() -> None:
    interval = measure(*predictions(400, 0.8), 0.8)["accuracy"]
    share = interval.value
    expected = 2 * 1.96 * np.sqrt(share * (1 - share) / 400)
    assert interval.high - interval.low == pytest.approx(expected, rel=0.1)


def test_eight_right_answers_do_not_make_a_model_perfect() -> None:
    labels = np.arange(8) % 2
    metrics = measure(np.where(labels == 1, 0.95, 0.05), labels, 0.9)
    accuracy = metrics["accuracy"]
    # 8 of 8, by R: prop.test(8, 8, correct = FALSE).
    assert (accuracy.value, accuracy.high) == (1, 1)
    assert accuracy.low == pytest.approx(0.6756, abs=1e-4)
    # Four happy faces say even less about the recall, and the others have no interval at all.
    assert metrics["recall"].low == pytest.approx(0.5101, abs=1e-4)
    assert not any(metrics[name].is_known for name in ("auc", "f1", "balanced_accuracy"))


def test_about_95_percent_of_the_intervals_cover_the_truth() -> None:
    covered = [
        interval.low <= 0.8 <= interval.high
        for interval in (
            measure(*predictions(100, 0.8, seed), 0.8)["accuracy"] for seed in range(40)
        )
    ]
    assert np.mean(covered) >= 0.85


def test_undefined_metrics_are_nan_and_0_in_a_manifest() -> None:
    probabilities, labels = np.array([0.6, 0.4, 0.55]), np.array([1, 0, 1])
    interval = measure(probabilities, labels, 0.9)["accuracy_at_sure"]
    assert np.isnan([interval.value, interval.low, interval.high]).all()
    metrics = compute_metrics(probabilities, labels, 0.9)
    assert metrics["accuracy_at_sure"] == 0
    assert "accuracy_at_sure" not in metrics["intervals"]


def test_the_accuracy_of_any_manifest_has_the_interval_that_its_count_allows() -> None:
    metrics = compute_metrics(*predictions(400, 0.8), 0.8)
    measured = read_accuracy(metrics)
    assert measured is not None
    assert [measured.low, measured.high] == metrics["intervals"]["accuracy"]
    old = read_accuracy({"accuracy": 1.0, "n": 8, "intervals": {"accuracy": [1.0, 1.0]}})
    assert old is not None
    assert (old.value, old.high) == (1, 1)
    assert old.low < 0.7
    assert read_accuracy({}) is None


def test_large_sets_use_limited_memory() -> None:
    probabilities, labels = predictions(30_000, 0.9)
    interval = measure(probabilities, labels, 0.8)["accuracy"]
    assert interval.high - interval.low < 0.01
