"""Tests of whether a difference may be chance."""

from math import comb, erfc, sqrt

import numpy as np
from numpy.typing import NDArray


def sign_test_p_value(better: int, worse: int) -> float:
    """Return the probability of at least so many gains if gains and losses are equally likely.

    The one-sided form of McNemar's exact test (1947).

    Args:
        better: number of faces that only the new model predicts correctly.
        worse: number of faces that only the old model predicts correctly.

    Returns:
        The p-value, 0 to 1; 1 without any such face.
    """
    count = better + worse
    return float(sum(comb(count, k) for k in range(better, count + 1)) / 2**count)


def rank_sum_p_value(values: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Return the probability that values are by chance so much greater than others.

    The one-sided test of Mann & Whitney (1947, doi:10.1214/aoms/1177730491) in its normal
    approximation, corrected for ties and continuity.

    Args:
        values: (count,), expected to be greater.
        others: (other count,), to compare them with.

    Returns:
        The p-value, 0 to 1; 1 without any values or others, and if all are equal.
    """
    count, other_count = len(values), len(others)
    both = count + other_count
    _, places, sizes = np.unique(
        np.concatenate([values, others]), return_inverse=True, return_counts=True
    )
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[places]
    greater = float(ranks[:count].sum()) - count * (count + 1) / 2
    ties = float((sizes**3 - sizes).sum()) / max(both * (both - 1), 1)
    variance = count * other_count / 12 * (both + 1 - ties)
    if variance <= 0:
        return 1.0
    return erfc((greater - count * other_count / 2 - 0.5) / sqrt(2 * variance)) / 2
