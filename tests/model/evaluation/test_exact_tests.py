import pytest

from model.evaluation.exact_tests import fisher_p_value, sign_test_p_value


@pytest.mark.parametrize(
    ("better", "worse", "p_value"),
    [(0, 0, 1), (2, 0, 1 / 4), (5, 0, 1 / 32), (8, 1, 10 / 512), (0, 3, 1)],
)
def test_gains_are_compared_with_coin_tosses(better: int, worse: int, p_value: float) -> None:
    assert sign_test_p_value(better, worse) == pytest.approx(p_value)


@pytest.mark.parametrize(
    ("groups", "p_value"),
    [
        ((3, 4, 1, 4), 17 / 70),  # Fisher's lady tasting tea
        ((4, 4, 0, 4), 1 / 70),
        ((0, 10, 0, 10), 1),
        ((2, 10, 5, 10), 1 - 2220 / 77520),
        ((3, 3, 0, 0), 1),
    ],
)
def test_rates_are_compared_as_fisher_did(
    groups: tuple[int, int, int, int], p_value: float
) -> None:
    assert fisher_p_value(*groups) == pytest.approx(p_value, abs=1e-4)
