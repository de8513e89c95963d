from dataclasses import replace

import numpy as np

from model.retraining.promotion_gate import ChampionChallenger, PairedPredictions, judge

SAME = (1.0, 1.0)


def answered(count: int, right_before: int, right_after: int, common: int = 0) -> PairedPredictions:
    """Both models' answers; `common` of the right ones of each are to the same faces."""
    before, after = np.zeros(count, bool), np.zeros(count, bool)
    before[:right_before] = True
    start = right_before - common
    after[start : start + right_after] = True
    # Confident to just the degree that they are right.
    return PairedPredictions(
        np.ones(count, np.intp),
        np.where(before, 0.9, 0.1),
        np.where(after, 0.9, 0.1),
        np.ones(count),
    )


UNCHANGED = answered(1500, 1350, 1350, common=1350)


def decide(
    validation: PairedPredictions,
    corrections: PairedPredictions,
    held_out: int | None = None,
    times: tuple[float, float] = SAME,
    confirmed: float = 1.0,
) -> tuple[bool, list[str]]:
    """Judge, in English; `confirmed` says how many times a confirmation counts."""
    count = len(corrections.labels) if held_out is None else held_out
    balance = np.where(corrections.before > 0.5, confirmed, 1.0)
    passed, reasons = judge(ChampionChallenger(validation, corrections, balance, count), times)
    return passed, [str(reason) for reason in reasons]


def test_a_better_one_passes_and_says_how_much_better() -> None:
    passed, reasons = decide(UNCHANGED, answered(40, 10, 30, common=10))
    assert passed
    assert "right 30 times, the model in service 10 times" in reasons[0]


def test_a_worse_one_is_kept_in_plain_words() -> None:
    passed, reasons = decide(UNCHANGED, answered(12, 8, 7, common=7))
    assert not passed
    assert reasons == [
        "On the 12 corrections and confirmations held out it is right 7 times, the model in "
        "service 8 times.",
    ]


def test_cross_validated_lessons_are_called_so() -> None:
    _, reasons = decide(UNCHANGED, answered(20, 5, 5, common=5), held_out=4)
    assert "20 corrections and confirmations that it had not learned from" in reasons[0]


def test_a_gain_that_may_be_chance_is_none() -> None:
    passed, reasons = decide(UNCHANGED, answered(40, 20, 21, common=12))
    assert not passed
    assert "may be chance" in reasons[0]


def test_what_helps_only_those_who_report_mistakes_is_kept() -> None:
    corrections = answered(60, 12, 40)  # all that were right are wrong now
    assert decide(UNCHANGED, corrections)[0]
    passed, reasons = decide(UNCHANGED, corrections, confirmed=5.0)
    assert not passed
    assert "of which it spoils too many" in reasons[0]


def test_nobody_decides_alone() -> None:
    corrections = answered(60, 20, 40, common=0)
    one_user = np.where(corrections.after > 0.5, 0.2, 1.0)
    passed, reasons = decide(UNCHANGED, replace(corrections, weights=one_user))
    assert not passed
    assert "not if nobody decides alone" in reasons[0]


def test_a_loss_on_the_old_faces_is_not_made_up_for() -> None:
    passed, reasons = decide(answered(1500, 1350, 1340, common=1340), answered(40, 0, 40))
    assert not passed
    assert len(reasons) == 1
    assert "more than 0.5 points are lost" in reasons[0]


def test_a_small_loss_on_the_old_faces_passes_and_is_told_with_its_interval() -> None:
    passed, reasons = decide(answered(1500, 1350, 1344, common=1344), answered(40, 0, 40))
    assert passed
    assert "(-0.4 points, 90 % between -0.7 and -0.1)" in reasons[1]


def test_small_losses_do_not_add_up_over_many_retrainings() -> None:
    since_shipped = answered(1500, 1350, 1340, common=1340)
    better = answered(40, 0, 40)
    little_lost = ChampionChallenger(
        answered(1500, 1344, 1340, common=1340), better, np.ones(40), 40, since_shipped
    )
    passed, reasons = judge(little_lost, SAME)
    assert not passed
    assert [str(reason) for reason in reasons] == [
        "On the 1500 old validation faces it is right 1340 times, the shipped model 1350 times "
        "(-0.7 points, 90 % between -1.0 and -0.3): over all retrainings more than 0.5 points are "
        "lost."
    ]
    as_good = replace(little_lost, since_shipped=answered(1500, 1346, 1340, common=1340))
    assert judge(as_good, SAME)[0]


def test_a_slow_one_is_kept() -> None:
    passed, reasons = decide(UNCHANGED, answered(40, 0, 40), times=(1.0, 2.0))
    assert not passed
    assert "takes 2.0 ms" in reasons[0]


def test_a_boastful_one_is_kept() -> None:
    boastful = PairedPredictions(
        UNCHANGED.labels,
        UNCHANGED.before,
        np.where(UNCHANGED.after > 0.5, 0.999, 0.001),
        UNCHANGED.weights,
    )
    passed, reasons = decide(boastful, answered(40, 0, 40))
    assert not passed
    assert "confidence" in reasons[0]


def test_figures_say_what_was_answered() -> None:
    evidence = ChampionChallenger(UNCHANGED, answered(40, 10, 30, common=10), np.ones(40), 40)
    before, after = evidence.figures()
    assert list(before.as_json()) == ["base validation", "corrections"]
    corrections = after.as_json()["corrections"]
    assert corrections["confusion"] == [[30, 10], [0, 0]]
    assert corrections["low"] < corrections["accuracy"] == 0.75 < corrections["high"]
