from dataclasses import replace

import numpy as np
import pytest

from model.retraining.paired_predictions import (
    ChampionChallenger,
    PairedPredictions,
    SureOnNeutral,
)
from model.retraining.promotion_gate import (
    CalibrationCheck,
    CorrectionsCheck,
    GateResult,
    NeutralCheck,
    RejectionReason,
    ValidationCheck,
    run_gate,
)


def paired(count: int, before: int, after: int, common: int = 0) -> PairedPredictions:
    """Both models' answers, of which `before` and `after` are right; `common` are shared faces."""
    correct_before, correct_after = np.zeros(count, bool), np.zeros(count, bool)
    correct_before[:before] = True
    start = before - common
    correct_after[start : start + after] = True
    # Confident to just the degree that they are right.
    return PairedPredictions(
        np.ones(count, np.intp),
        np.where(correct_before, 0.9, 0.1),
        np.where(correct_after, 0.9, 0.1),
        np.ones(count),
    )


UNCHANGED = paired(1500, 1350, 1350, common=1350)
BETTER = paired(40, 0, 40)


def decide(
    validation: PairedPredictions,
    corrections: PairedPredictions,
    held_out: int | None = None,
    confirmation_factor: float = 1.0,
) -> GateResult:
    count = len(corrections.labels) if held_out is None else held_out
    balance = np.where(corrections.before > 0.5, confirmation_factor, 1.0)
    wrong_share = float((corrections.before < 0.5).mean())
    return run_gate(ChampionChallenger(validation, corrections, balance, count, wrong_share))


def corrections_check(result: GateResult) -> CorrectionsCheck:
    check = result.checks[0]
    assert isinstance(check, CorrectionsCheck)
    return check


def validation_check(result: GateResult) -> ValidationCheck:
    check = result.checks[1]
    assert isinstance(check, ValidationCheck)
    return check


def test_a_better_model_passes_with_all_checks_as_the_reason() -> None:
    result = decide(UNCHANGED, paired(40, 10, 30, common=10))
    assert result.passed
    check = corrections_check(result)
    assert (check.count, check.before, check.after, check.held_out) == (40, 10, 30, True)
    assert (check.corrected, check.spoiled) == (20, 0)
    assert result.decisive_checks == result.checks


def test_a_worse_model_is_rejected_with_the_failed_check_as_the_reason() -> None:
    result = decide(UNCHANGED, paired(12, 8, 7, common=7))
    assert not result.passed
    (check,) = result.decisive_checks
    assert check == corrections_check(result)
    assert (corrections_check(result).before, corrections_check(result).after) == (8, 7)
    assert corrections_check(result).rejection is None


def test_cross_validated_samples_are_called_so() -> None:
    assert not corrections_check(decide(UNCHANGED, paired(20, 5, 5, 5), held_out=4)).held_out


def test_a_gain_that_may_be_chance_is_rejected() -> None:
    result = decide(UNCHANGED, paired(40, 20, 21, common=12))
    assert not result.passed
    assert corrections_check(result).rejection is RejectionReason.CHANCE


def test_two_corrections_prove_nothing_even_if_both_are_learned() -> None:
    assert corrections_check(decide(UNCHANGED, paired(2, 0, 2))).rejection is RejectionReason.CHANCE
    assert decide(UNCHANGED, paired(5, 0, 5)).passed


def test_a_model_that_corrects_as_many_mistakes_anywhere_has_learned_nothing_in_common() -> None:
    corrections = paired(123, 86, 93, common=85)  # 8 of 37 mistakes corrected, 1 answer spoiled
    validation = paired(1500, 1450, 1450, common=1441)  # 9 of 50, and 9 spoiled
    result = decide(validation, corrections)
    assert corrections_check(result).rejection is RejectionReason.UNRELATED
    nowhere_else = decide(UNCHANGED, corrections)
    assert nowhere_else.passed


def test_the_gain_is_put_in_proportion_to_all_answers() -> None:
    corrections = paired(123, 86, 93, common=85)
    comparison = ChampionChallenger(UNCHANGED, corrections, np.ones(123), 123, wrong_share=37 / 434)
    check = corrections_check(run_gate(comparison))
    assert check.share_gained == pytest.approx(8 / 434 - 397 / 434 / 86)


@pytest.mark.parametrize(("answered", "passed"), [(1590, True), (1610, False)])
def test_a_gain_of_less_than_one_in_two_hundred_answers_is_too_little(
    answered: int, passed: bool
) -> None:
    corrections = paired(50, 32, 40, common=32)  # 8 of 18 mistakes corrected
    comparison = ChampionChallenger(UNCHANGED, corrections, np.ones(50), 50, 18 / answered)
    result = run_gate(comparison)
    assert result.passed is passed
    assert corrections_check(result).rejection is (None if passed else RejectionReason.LITTLE)


def test_sad_faces_must_not_be_given_up_for_happy_ones() -> None:
    labels = np.repeat([1, 0], [1400, 100])
    before = np.where(np.arange(1500) % 10 == 0, 1 - labels, labels) * 0.8 + 0.1
    after = before.copy()
    after[1400:1420] = 0.9  # sad faces called happy
    wrong = np.flatnonzero(before[:1400] < 0.5)[:20]
    after[wrong] = 0.9  # as many happy ones are right now
    validation = PairedPredictions(labels, before, after, np.ones(1500))
    result = decide(validation, BETTER)
    assert not result.passed
    assert validation_check(result).gain.value > -0.005
    assert validation_check(result).balanced_gain.value < -0.05


def sad_faces_lost(lost: int, sad: int) -> PairedPredictions:
    """Answers to 1000 happy faces, which stay as they are, and to sad ones."""
    labels = np.repeat([1, 0], [1000, sad])
    before = labels * 0.9 + 0.05
    after = before.copy()
    after[1000 : 1000 + lost] = 0.95
    return PairedPredictions(labels, before, after, np.ones(len(labels)))


def test_a_few_sad_faces_among_many_may_be_lost_since_more_cannot_be_told_apart() -> None:
    result = decide(sad_faces_lost(5, sad=440), BETTER)
    assert result.passed
    assert validation_check(result).balanced_gain.value < -0.005
    assert validation_check(result).balanced_gain.low > -0.015


def test_so_large_a_share_of_fewer_sad_faces_may_not_be_lost() -> None:
    result = decide(sad_faces_lost(2, sad=150), BETTER)
    assert not result.passed
    assert validation_check(result).gain.value > -0.005
    assert validation_check(result).balanced_gain.low < -0.015


def test_a_gain_at_the_cost_of_right_answers_is_rejected() -> None:
    corrections = paired(60, 12, 40)  # all that were right are wrong now
    assert decide(UNCHANGED, corrections).passed
    result = decide(UNCHANGED, corrections, confirmation_factor=5.0)
    assert not result.passed
    assert corrections_check(result).rejection is RejectionReason.UNBALANCED


def test_a_gain_for_a_single_user_is_rejected() -> None:
    corrections = paired(60, 20, 40, common=0)
    one_user = np.where(corrections.after > 0.5, 0.2, 1.0)
    result = decide(UNCHANGED, replace(corrections, weights=one_user))
    assert not result.passed
    assert corrections_check(result).rejection is RejectionReason.SINGLE_USER


def test_a_loss_on_validation_faces_is_rejected_whatever_is_gained() -> None:
    result = decide(paired(1500, 1350, 1340, common=1340), BETTER)
    assert not result.passed
    assert result.decisive_checks == (validation_check(result),)
    assert not validation_check(result).since_shipped


def test_a_small_loss_on_validation_faces_passes_and_is_reported_with_its_interval() -> None:
    result = decide(paired(1500, 1350, 1344, common=1344), BETTER)
    assert result.passed
    gain = validation_check(result).gain
    assert [round(100 * share, 1) for share in (gain.value, gain.low, gain.high)] == [
        -0.4,
        -0.7,
        -0.1,
    ]


def test_small_losses_must_not_add_up_over_many_retrainings() -> None:
    since_shipped = paired(1500, 1350, 1340, common=1340)
    little_lost = ChampionChallenger(
        paired(1500, 1344, 1340, common=1340),
        BETTER,
        np.ones(40),
        40,
        wrong_share=1.0,
        since_shipped=since_shipped,
    )
    result = run_gate(little_lost)
    assert not result.passed
    (check,) = result.decisive_checks
    assert check == validation_check(result)
    assert validation_check(result).since_shipped
    assert (validation_check(result).before, validation_check(result).after) == (1350, 1340)
    as_good = replace(little_lost, since_shipped=paired(1500, 1346, 1340, common=1340))
    assert run_gate(as_good).passed


def test_an_overconfident_model_is_rejected() -> None:
    overconfident = PairedPredictions(
        UNCHANGED.labels,
        UNCHANGED.before,
        np.where(UNCHANGED.after > 0.5, 0.999, 0.001),
        UNCHANGED.weights,
    )
    result = decide(overconfident, BETTER)
    assert not result.passed
    (check,) = result.decisive_checks
    assert isinstance(check, CalibrationCheck)
    assert check.after > check.before + 0.01


def test_the_metrics_say_what_was_answered() -> None:
    comparison = ChampionChallenger(UNCHANGED, paired(40, 10, 30, 10), np.ones(40), 40, 0.75)
    before, after = comparison.metrics()
    assert list(before) == ["base validation", "corrections"]
    corrections = after["corrections"]
    assert corrections["confusion"] == [[30, 10], [0, 0]]
    assert corrections["low"] < corrections["accuracy"] == 0.75 < corrections["high"]


@pytest.mark.parametrize(
    ("neutral", "passed", "since_shipped"),
    [
        (SureOnNeutral(1000, before=150, after=170), True, False),
        (SureOnNeutral(1000, before=150, after=171), False, False),
        (SureOnNeutral(1000, before=150, after=165, shipped=145), True, False),
        (SureOnNeutral(1000, before=150, after=165, shipped=144), False, True),
        (SureOnNeutral(1000, before=150, after=90, shipped=150), True, False),
    ],
)
def test_hardly_more_neutral_faces_may_be_called_happy_or_sad(
    neutral: SureOnNeutral, passed: bool, since_shipped: bool
) -> None:
    comparison = ChampionChallenger(UNCHANGED, BETTER, np.ones(40), 40, 1.0, neutral=neutral)
    result = run_gate(comparison)
    assert result.passed is passed
    check = result.checks[-1]
    assert isinstance(check, NeutralCheck)
    assert check.since_shipped is since_shipped
    assert check.after == neutral.after


def test_without_neutral_faces_nothing_is_checked_on_them() -> None:
    assert not any(isinstance(check, NeutralCheck) for check in decide(UNCHANGED, BETTER).checks)
