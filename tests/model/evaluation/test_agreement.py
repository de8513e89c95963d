import numpy as np
import pytest

from model.data.votes import EXPRESSIONS, Votes
from model.evaluation.agreement import agreement_with_votes
from model.evaluation.intervals import Interval


def votes(**counts: float) -> Votes:
    return tuple(counts.get(name, 0.0) for name in EXPRESSIONS)


def agreement(
    probabilities: list[float], labels: list[int], cast: list[Votes | None]
) -> dict[str, Interval]:
    return agreement_with_votes(np.array(probabilities), np.array(labels), cast, 0.9)


def test_predictions_equal_to_the_shares_of_the_votes_diverge_by_nothing() -> None:
    cast = [votes(happy=3, sad=1, neutral=6), votes(sad=10)]
    result = agreement([0.75, 0.0], [1, 0], [*cast])
    assert result["vote_divergence"].value == pytest.approx(0, abs=1e-4)
    # One of two: 0.75 ln(0.75 / 0.25) + 0.25 ln(0.25 / 0.75).
    other = agreement([0.25, 0.0], [1, 0], [*cast])["vote_divergence"]
    assert other.value == pytest.approx(0.5 * np.log(3) / 2, abs=1e-4)
    assert other.low <= other.value <= other.high


def test_accuracy_is_told_apart_by_how_many_people_agree() -> None:
    cast = [
        votes(happy=4, neutral=3, sad=3),  # wrong
        votes(happy=8, neutral=2),
        votes(happy=7, neutral=3),  # wrong
        votes(sad=9, neutral=1),
        None,
    ]
    result = agreement([0.1, 0.9, 0.2, 0.1, 0.1], [1, 1, 1, 0, 1], cast)
    values = {name: one.value for name, one in result.items() if name != "vote_divergence"}
    assert values == pytest.approx(
        {
            "accuracy_agreed_0_50": 0,
            "accuracy_agreed_50_80": 1 / 2,
            "accuracy_agreed_80_100": 1,
            "accuracy_agreed_by_6": 2 / 3,
            "balanced_accuracy_agreed_by_6": 3 / 4,
        }
    )


def test_without_votes_there_is_nothing_to_agree_with() -> None:
    assert agreement([0.9], [1], [None]) == {}
    assert agreement([0.9], [1], [votes(neutral=5)]) == {}
