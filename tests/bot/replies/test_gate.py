import pytest

from bot.replies.gate import gate_reasons
from model.evaluation.metrics import Interval
from model.retraining.promotion_gate import (
    CalibrationCheck,
    Check,
    CorrectionsCheck,
    GateResult,
    RejectionReason,
    ValidationCheck,
)

LOSS = Interval(-0.0067, -0.01, -0.0033)


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
            ValidationCheck(True, 1500, 1350, 1344, Interval(-0.004, -0.0069, -0.0011)),
            "On the 1500 old validation faces it is right 1344 times, the model in service 1350 "
            "times (-0.4 points, 90 % between -0.7 and -0.1).",
        ),
        (
            ValidationCheck(False, 1500, 1350, 1340, LOSS),
            "On the 1500 old validation faces it is right 1340 times, the model in service 1350 "
            "times (-0.7 points, 90 % between -1.0 and -0.3): more than 0.5 points are lost.",
        ),
        (
            ValidationCheck(False, 1500, 1350, 1340, LOSS, since_shipped=True),
            "On the 1500 old validation faces it is right 1340 times, the shipped model 1350 times "
            "(-0.7 points, 90 % between -1.0 and -0.3): over all retrainings more than 0.5 points "
            "are lost.",
        ),
        (
            CalibrationCheck(False, 0.017, 0.031),
            "Its confidence is off by 3.1 points on average, before 1.7.",
        ),
    ],
)
def test_each_check_is_worded(check: Check, sentence: str) -> None:
    assert [str(reason) for reason in gate_reasons(GateResult((check,)))] == [sentence]


@pytest.mark.parametrize("held_out", [True, False])
@pytest.mark.parametrize(
    ("rejection", "words"),
    [
        (RejectionReason.CHANCE, "may be chance"),
        (RejectionReason.UNBALANCED, "of which it spoils too many"),
        (RejectionReason.SINGLE_USER, "not if nobody decides alone"),
    ],
)
def test_each_rejection_is_worded(rejection: RejectionReason, words: str, held_out: bool) -> None:
    check = CorrectionsCheck(False, 40, 10, 30, held_out, rejection)
    (reason,) = gate_reasons(GateResult((check,)))
    assert words in str(reason)


def test_only_what_failed_is_said() -> None:
    failed = CalibrationCheck(False, 0.01, 0.05)
    passed = CorrectionsCheck(True, 40, 10, 30, held_out=True)
    assert len(gate_reasons(GateResult((passed, failed)))) == 1
    assert len(gate_reasons(GateResult((passed, passed)))) == 2
