from dataclasses import replace

import numpy as np

from model.retraining.promotion_gate import (
    CalibrationCheck,
    ChampionChallenger,
    CorrectionsCheck,
    GateResult,
    PairedPredictions,
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
    return run_gate(ChampionChallenger(validation, corrections, balance, count))


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
    assert result.checks[0] == CorrectionsCheck(True, 40, before=10, after=30, held_out=True)
    assert result.decisive_checks == result.checks


def test_a_worse_model_is_rejected_with_the_failed_check_as_the_reason() -> None:
    result = decide(UNCHANGED, paired(12, 8, 7, common=7))
    assert not result.passed
    assert result.decisive_checks == (CorrectionsCheck(False, 12, 8, 7, held_out=True),)


def test_cross_validated_samples_are_called_so() -> None:
    assert not corrections_check(decide(UNCHANGED, paired(20, 5, 5, 5), held_out=4)).held_out


def test_a_gain_that_may_be_chance_is_rejected() -> None:
    result = decide(UNCHANGED, paired(40, 20, 21, common=12))
    assert not result.passed
    assert corrections_check(result).rejection is RejectionReason.CHANCE


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
        paired(1500, 1344, 1340, common=1340), BETTER, np.ones(40), 40, since_shipped
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
    comparison = ChampionChallenger(UNCHANGED, paired(40, 10, 30, common=10), np.ones(40), 40)
    before, after = comparison.metrics()
    assert list(before) == ["base validation", "corrections"]
    corrections = after["corrections"]
    assert corrections["confusion"] == [[30, 10], [0, 0]]
    assert corrections["low"] < corrections["accuracy"] == 0.75 < corrections["high"]
