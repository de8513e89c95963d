import numpy as np
import pytest

from model.faces.blazeface import Candidates, weighted_nms


def candidates(*rows: tuple[float, float, float, float, float]) -> Candidates:
    values = np.asarray(rows, np.float32).reshape(-1, 5)
    points = np.repeat(values[:, None, :2], 6, axis=1)
    return Candidates(values[:, :4], points, values[:, 4])


def test_overlapping_boxes_are_averaged_by_score() -> None:
    merged = weighted_nms(candidates((0, 0, 10, 10, 0.9), (1, 0, 11, 10, 0.3)), 0.3)
    assert len(merged) == 1
    assert merged.boxes[0] == pytest.approx([0.25, 0, 10.25, 10])
    assert merged.points[0, 0] == pytest.approx([0.25, 0])
    assert merged.scores[0] == pytest.approx(0.9)


def test_separate_boxes_are_kept_best_first() -> None:
    merged = weighted_nms(candidates((0, 0, 10, 10, 0.6), (50, 50, 60, 60, 0.8)), 0.3)
    assert merged.scores.tolist() == pytest.approx([0.8, 0.6])
    assert merged.boxes[0].tolist() == [50, 50, 60, 60]


def test_heads_side_by_side_are_not_merged() -> None:
    assert len(weighted_nms(candidates((0, 0, 10, 10, 0.9), (5, 0, 15, 10, 0.8)), 0.45)) == 2


def test_a_box_that_is_part_of_a_better_one_is_dropped() -> None:
    merged = weighted_nms(candidates((0, 0, 100, 100, 0.9), (60, 60, 99, 99, 0.7)), 0.45)
    assert len(merged) == 1
    assert merged.boxes[0].tolist() == [0, 0, 100, 100]


def test_no_candidates_stay_none() -> None:
    assert len(weighted_nms(candidates(), 0.3)) == 0


def test_boxes_without_area_are_kept() -> None:
    assert len(weighted_nms(candidates((5, 5, 5, 5, 0.9), (5, 5, 4, 4, 0.8)), 0.3)) == 2
