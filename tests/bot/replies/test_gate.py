import pytest

from bot.i18n import StoredMessage
from bot.replies.gate import gate_reasons, summarize_rejection
from bot.replies.retraining_errors import active_version_changed
from model.evaluation.intervals import Interval
from model.retraining.promotion_gate import (
    CalibrationCheck,
    Check,
    CorrectionsCheck,
    GateResult,
    NeutralCheck,
    RejectionReason,
    ValidationCheck,
)

LOSS = Interval(-0.0067, -0.01, -0.0033)
SAME = Interval(0, -0.003, 0.003)
UNBALANCED = Interval(-0.0123, -0.0187, -0.0059)


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        (
            CorrectionsCheck(True, 40, 10, 30, held_out=True),
            "On the 40 corrections and confirmations held out it is right 30 times, the model in "
            "service 10 times.",
        ),
        (
            CorrectionsCheck(True, 20, 5, 9, held_out=False),
            "On 20 corrections and confirmations that it had not learned from at that point it is "
            "right 9 times, the model in service 5 times.",
        ),
        (
            ValidationCheck(True, 1500, 1350, 1344, Interval(-0.004, -0.0069, -0.0011), SAME),
            "On the 1500 old validation faces it is right 1344 times, the model in service 1350 "
            "times (-0.4 points, 90 % between -0.7 and -0.1).",
        ),
        (
            ValidationCheck(False, 1500, 1350, 1340, LOSS, SAME),
            "On the 1500 old validation faces it is right 1340 times, the model in service 1350 "
            "times (-0.7 points, 90 % between -1.0 and -0.3): more than 0.5 points are lost.",
        ),
        (
            ValidationCheck(False, 1500, 1350, 1340, LOSS, SAME, since_shipped=True),
            "On the 1500 old validation faces it is right 1340 times, the shipped model 1350 times "
            "(-0.7 points, 90 % between -1.0 and -0.3): over all retrainings more than 0.5 points "
            "are lost.",
        ),
        (
            ValidationCheck(False, 1500, 1350, 1350, SAME, UNBALANCED),
            "On the 1500 old validation faces it is worse than the model in service by 1.2 points "
            "if happy and sad faces count the same. On other faces it could be 1.9 points; less "
            "than 1.5 must be certain.",
        ),
        (
            CalibrationCheck(False, 0.017, 0.031),
            "Its confidence is off by 3.1 points on average, before 1.7.",
        ),
        (
            NeutralCheck(True, 1229, 200, 224),
            "Of the 1229 old neutral faces it is sure that 224 are happy or sad, the model in "
            "service that 200 are.",
        ),
        (
            NeutralCheck(False, 1229, 200, 225),
            "Of the 1229 old neutral faces it is sure that 225 are happy or sad, the model in "
            "service that 200 are: more than 2 points more.",
        ),
        (
            NeutralCheck(False, 1229, 200, 240, since_shipped=True),
            "Of the 1229 old neutral faces it is sure that 240 are happy or sad, the shipped model "
            "that 200 are: over all retrainings more than 2 points more.",
        ),
    ],
)
def test_each_check_is_worded(check: Check, sentence: str) -> None:
    assert str(gate_reasons(GateResult((check,)))[0]) == sentence


@pytest.mark.parametrize("held_out", [True, False])
@pytest.mark.parametrize(
    ("rejection", "words"),
    [
        (RejectionReason.CHANCE, "may be chance"),
        (RejectionReason.UNBALANCED, "of which it spoils too many"),
        (RejectionReason.SINGLE_USER, "not if nobody decides alone"),
        (RejectionReason.UNRELATED, "so they have little in common"),
        (RejectionReason.LITTLE, "of the next 100 answers, less than one more should be right"),
    ],
)
def test_each_rejection_is_worded(rejection: RejectionReason, words: str, held_out: bool) -> None:
    check = CorrectionsCheck(False, 40, 10, 30, held_out, rejection)
    (reason,) = gate_reasons(GateResult((check,)))
    assert words in str(reason)


def test_only_what_failed_is_said() -> None:
    failed = CalibrationCheck(False, 0.01, 0.05)
    passed = CalibrationCheck(True, 0.01, 0.01)
    assert len(gate_reasons(GateResult((passed, failed)))) == 1
    assert len(gate_reasons(GateResult((passed, passed)))) == 2


@pytest.mark.parametrize(
    ("gained", "words"),
    [
        (0.0134, "about 1 more should be right"),
        (0.093, "about 9 more should be right"),
    ],
)
def test_a_gain_is_put_in_terms_of_the_next_hundred_answers(gained: float, words: str) -> None:
    check = CorrectionsCheck(
        True, 123, 86, 93, held_out=True, corrected=8, spoiled=1, share_gained=gained
    )
    _, meaning = gate_reasons(GateResult((check,)))
    assert str(meaning) == (
        "It corrects 8 of these mistakes and spoils 1 of these right answers. Of the next 100 "
        f"answers, {words}."
    )


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        (
            CorrectionsCheck(False, 40, 10, 10, held_out=True),
            "No better than the old one, so I kept the old one",
        ),
        (
            CorrectionsCheck(False, 8, 6, 8, False, RejectionReason.CHANCE),
            "Perhaps better, but it may be chance, so I kept the old one",
        ),
        (
            CorrectionsCheck(False, 40, 10, 30, True, RejectionReason.UNBALANCED),
            "Corrects mistakes but spoils too many right answers, so I kept the old one",
        ),
        (
            CorrectionsCheck(False, 40, 10, 30, True, RejectionReason.SINGLE_USER),
            "Better only where one person decides, so I kept the old one",
        ),
        (
            CorrectionsCheck(False, 123, 86, 93, True, RejectionReason.UNRELATED),
            "The mistakes have little in common, so I kept the old one",
        ),
        (
            CorrectionsCheck(False, 123, 86, 93, True, RejectionReason.LITTLE),
            "Hardly better for the next photos, so I kept the old one",
        ),
        (
            ValidationCheck(False, 1500, 1350, 1350, SAME, UNBALANCED, since_shipped=True),
            "Better on the corrections but worse on old faces, so I kept the old one",
        ),
        (
            ValidationCheck(False, 1500, 1350, 1340, LOSS, SAME),
            "Better on the corrections but worse on old faces, so I kept the old one",
        ),
        (
            CalibrationCheck(False, 0.017, 0.031),
            "Better, but less honest about how sure it is, so I kept the old one",
        ),
        (
            NeutralCheck(False, 1229, 200, 225),
            "Better, but it takes more neutral faces for happy or sad, so I kept the old one",
        ),
    ],
)
def test_a_rejection_is_summed_up_in_plain_words(check: Check, sentence: str) -> None:
    assert summarize_rejection(gate_reasons(GateResult((check,)))) == sentence


def test_a_version_that_came_too_late_is_not_called_worse() -> None:
    passed = gate_reasons(GateResult((CorrectionsCheck(True, 40, 10, 30, held_out=True),)))
    assert summarize_rejection([*passed, active_version_changed("third", "first")]) == (
        "Better, but another model came into use meanwhile, so I kept that one"
    )
    assert summarize_rejection([StoredMessage("words of an earlier release")]) == (
        "I kept the old one"
    )
