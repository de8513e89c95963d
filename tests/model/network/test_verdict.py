import pytest

from model.network.verdict import Verdict, confidence_of, likelier_mood, verdict_of


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.97, Verdict.HAPPY),
        (0.8, Verdict.HAPPY),
        (0.79, Verdict.UNSURE),
        (0.5, Verdict.UNSURE),
        (0.21, Verdict.UNSURE),
        (0.2, Verdict.SAD),
        (0.03, Verdict.SAD),
    ],
)
def test_a_verdict_is_sure_from_the_threshold_on(probability: float, expected: Verdict) -> None:
    assert verdict_of(probability, sure_threshold=0.8) is expected


def test_with_a_threshold_of_one_half_every_verdict_is_sure() -> None:
    assert verdict_of(0.501, 0.5) is Verdict.HAPPY
    assert verdict_of(0.499, 0.5) is Verdict.SAD


def test_confidence_is_the_probability_of_the_likelier_mood() -> None:
    assert confidence_of(0.1) == pytest.approx(0.9)
    assert confidence_of(0.9) == pytest.approx(0.9)
    assert likelier_mood(0.1) is Verdict.SAD
    assert likelier_mood(0.9) is Verdict.HAPPY


@pytest.mark.parametrize(
    ("happy", "neither", "expected"),
    [
        (0.97, 0.61, Verdict.NEUTRAL),
        (0.97, 0.6, Verdict.HAPPY),
        (0.03, 0.3, Verdict.SAD),
        (0.5, 0.6, Verdict.UNSURE),
        (0.97, None, Verdict.HAPPY),
    ],
)
def test_a_face_is_neutral_above_the_threshold(
    happy: float, neither: float | None, expected: Verdict
) -> None:
    assert verdict_of(happy, 0.8, neither, 0.6) is expected
