"""Exact tests of counts, which hold for few faces, too."""

from math import comb


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


def fisher_p_value(hits: int, count: int, other_hits: int, other_count: int) -> float:
    """Return the probability of at least so many hits if two groups have the same rate of hits.

    Fisher's exact test (1922, doi:10.2307/2340521), one-sided.

    Args:
        hits: hits in the group that is expected to have more.
        count: its size.
        other_hits: hits in the other group.
        other_count: its size.

    Returns:
        The p-value, 0 to 1.
    """
    drawn = hits + other_hits
    ways = (
        comb(count, k) * comb(other_count, drawn - k) for k in range(hits, min(count, drawn) + 1)
    )
    return sum(ways) / comb(count + other_count, drawn)
