import numpy as np
import pytest

from model.evaluation.significance import rank_sum_p_value, sign_test_p_value


@pytest.mark.parametrize(
    ("better", "worse", "p_value"),
    [(0, 0, 1), (2, 0, 1 / 4), (5, 0, 1 / 32), (8, 1, 10 / 512), (0, 3, 1)],
)
def test_gains_are_compared_with_coin_tosses(better: int, worse: int, p_value: float) -> None:
    assert sign_test_p_value(better, worse) == pytest.approx(p_value)


@pytest.mark.parametrize(
    ("values", "others", "p_value"),
    [
        ([6.0, 7, 8, 9, 10], [1.0, 2, 3, 4, 5], 0.006093),
        ([1.0, 2, 3, 4, 5], [6.0, 7, 8, 9, 10], 0.9965),
        ([1.0, 1, 0, 0], [0.0, 0, 0, 0], 0.0907),
        ([1.0, 1], [1.0, 1, 1], 1),
        ([1.0], [], 1),
    ],
)
def test_values_are_compared_by_their_ranks(
    values: list[float], others: list[float], p_value: float
) -> None:
    result = rank_sum_p_value(np.array(values), np.array(others))
    assert result == pytest.approx(p_value, abs=5e-4)
