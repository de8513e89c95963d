import numpy as np
import pytest

from model.evaluation.paired_shares import PairedCounts, mean_gain, paired_gain

TWO_SIDED_95 = 1.959964


def test_the_interval_is_that_of_the_literature() -> None:
    # Airway responsiveness of 21 children (Bentur et al. 2009), as computed by Fagerland, Lydersen
    # & Laake 2014, doi:10.1002/sim.6148.
    gain = paired_gain(PairedCounts(21, gained=1, lost=7), TWO_SIDED_95)
    assert (gain.value, gain.low, gain.high) == pytest.approx((-0.286, -0.517, -0.026), abs=5e-4)


def test_without_any_difference_there_may_still_be_one_on_other_faces() -> None:
    gain = paired_gain(PairedCounts(388, gained=0, lost=0))
    assert gain.low == pytest.approx(-gain.high)
    assert gain.high == pytest.approx(0.0069, abs=5e-5)


@pytest.mark.parametrize("counts", [PairedCounts(5, 5, 0), PairedCounts(5, 0, 5)])
def test_the_ends_stay_within_what_is_possible(counts: PairedCounts) -> None:
    gain = paired_gain(counts)
    assert -1 <= gain.low <= gain.value <= gain.high <= 1


def test_a_real_loss_seldom_looks_smaller_than_it_is() -> None:
    rng = np.random.default_rng(1)
    seems_smaller = 0
    for _ in range(300):
        # 3 points of the sad faces are lost, and none of the happy ones: 1.5 points on average.
        sad, happy = (
            rng.multinomial(440, [gained, lost, 1 - gained - lost])[:2]
            for gained, lost in ((0.01, 0.04), (0.01, 0.01))
        )
        gains = [paired_gain(PairedCounts(440, *pair)) for pair in (sad.tolist(), happy.tolist())]
        seems_smaller += mean_gain(gains).low > -0.015
    assert seems_smaller <= 0.09 * 300  # 5 % but for chance
