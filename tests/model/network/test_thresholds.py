import numpy as np

from model.network.thresholds import fit_thresholds


def answers(**groups: list[tuple[float, float, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return P(happy), P(neither) and labels of faces, given as (happy, neither, count)."""
    rows = [
        (happy, neither, label)
        for label, faces in groups.items()
        for happy, neither, count in faces
        for _ in range(count)
    ]
    happy, neither, labels = zip(*rows, strict=True)
    return np.array(happy), np.array(neither), np.array(labels)


def sure(thresholds: tuple[float, float], happy: float, neither: float) -> bool:
    sure_from, neutral_above = thresholds
    return neither <= neutral_above and max(happy, 1 - happy) >= sure_from


def test_faces_that_are_often_wrong_get_no_sure_answer() -> None:
    happy = [(0.9, 0.1, 100), (0.7, 0.1, 90), (0.3, 0.1, 10)]
    thresholds = fit_thresholds(*answers(happy=happy, sad=[(0.1, 0.1, 100)]))
    assert sure(thresholds, 0.9, 0.1)
    assert not sure(thresholds, 0.7, 0.1)


def test_as_many_happy_and_sad_faces_as_possible_get_a_sure_answer() -> None:
    thresholds = fit_thresholds(*answers(happy=[(0.6, 0.8, 50)], sad=[(0.4, 0.9, 50)]))
    assert sure(thresholds, 0.6, 0.8)
    assert sure(thresholds, 0.4, 0.9)


def test_neutral_faces_are_seldom_surely_sad() -> None:
    neutral = [(0.05, 0.65, 30), (0.05, 0.95, 70)]
    faces = answers(
        happy=[(0.95, 0.1, 50)], sad=[(0.05, 0.4, 40), (0.05, 0.7, 10)], neutral=neutral
    )
    thresholds = fit_thresholds(*faces)
    assert not sure(thresholds, 0.05, 0.65)
    assert sure(thresholds, 0.05, 0.4)


def test_limits_that_cannot_be_kept_are_exceeded_by_the_least() -> None:
    neutral = [(0.02, 0.2, 40), (0.05, 0.5, 30), (0.5, 0.9, 30)]
    faces = answers(happy=[(0.97, 0.1, 50)], sad=[(0.03, 0.2, 50)], neutral=neutral)
    thresholds = fit_thresholds(*faces)
    assert not sure(thresholds, 0.05, 0.5)
    assert sure(thresholds, 0.97, 0.1)


def test_without_99_percent_the_most_accurate_thresholds_are_taken() -> None:
    happy = [(0.96, 0.1, 90), (0.04, 0.1, 10), (0.7, 0.1, 60), (0.3, 0.1, 40)]
    thresholds = fit_thresholds(*answers(happy=happy, sad=[(0.04, 0.1, 100)]))
    assert sure(thresholds, 0.96, 0.1)
    assert not sure(thresholds, 0.7, 0.1)
