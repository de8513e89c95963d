"""What admins are told about retraining keeps to Telegram's limits in every language, too."""

from pathlib import Path

import pytest

from bot.i18n import StoredMessage
from bot.replies import models as model_replies
from bot.replies import retraining as retrain_replies
from bot.replies import retraining_result as result_replies
from bot.replies.gate import gate_reasons
from bot.replies.photos import outdated_button
from bot.storage.runs import Run, State
from bot.storage.samples import NewSamples
from model.evaluation.intervals import Interval
from model.network.manifest import Manifest
from model.network.preprocessing import Preprocessing
from model.registry.overview import VersionOverview
from model.registry.version import Version
from model.retraining.progress import STAGES, Progress
from model.retraining.promotion_gate import (
    CalibrationCheck,
    CorrectionsCheck,
    GateResult,
    ValidationCheck,
)
from tests.support.message_limits import MANY, MAX_CAPTION, MAX_ID, MAX_TEXT, MAX_TOAST, length
from tests.support.retraining_runs import GATE_FIGURES

pytestmark = pytest.mark.usefixtures("each_language")

VERSION = "2026-11-25T03-12-05-retrained-abcdef12"
NOW = 1_800_000_000


def run(state: State, *reasons: StoredMessage) -> Run:
    counts = (MANY,) * 5
    return Run(1, NOW, NOW, MAX_ID, "head", state, reasons, VERSION, VERSION, *counts, GATE_FIGURES)


@pytest.mark.parametrize("state", [State.PROMOTED, State.KEPT])
def test_the_card_with_all_reasons_fits_under_a_picture(state: State) -> None:
    gain = Interval(-0.001, -0.004, 0.002)
    checks = (
        CorrectionsCheck(True, 1000, 500, 700, held_out=False),
        ValidationCheck(True, 1000, 500, 700, gain, gain),
        CalibrationCheck(True, 0.017, 0.015),
    )
    reasons = gate_reasons(GateResult(checks))
    card = result_replies.card(run(state, *reasons))
    assert card.count("•") == len(reasons)
    assert length(card) <= MAX_CAPTION


@pytest.mark.parametrize("state", [State.PROMOTED, State.KEPT])
def test_reasons_that_do_not_fit_are_left_out(state: State) -> None:
    card = result_replies.card(run(state, *[StoredMessage("A reason.")] * 99))
    assert length(card) <= MAX_CAPTION
    assert card.count(VERSION) == 2
    assert "95.0" in card


def test_the_versions_and_the_question_about_one_fit_into_a_message() -> None:
    data = {"evaluation_set": {"name": "f" * 300, "sha256": "0"}}
    metrics = {"accuracy": 0.9, "n": MANY}
    manifest = Manifest("v", "", Preprocessing(), 1.0, 0.9, data=data, metrics=metrics)
    names = [f"{number:03}" + "v" * 97 for number in range(20)]
    versions = [Version(name, Path(), manifest, None) for name in names]
    overview = VersionOverview(versions, versions)
    assert length(model_replies.models(overview)) <= MAX_TEXT
    asked = model_replies.question(versions[1], overview)
    assert length(asked) <= MAX_CAPTION
    assert length(result_replies.card(run(State.KEPT), asked)) <= MAX_CAPTION


def test_replies_to_taps_are_short_enough() -> None:
    said = [
        retrain_replies.running_already(),
        retrain_replies.not_running(),
        retrain_replies.over_already(),
        retrain_replies.cancelled(),
        model_replies.serves(VERSION),
        model_replies.serves_again(VERSION),
        model_replies.version_gone(),
        model_replies.not_chosen(),
        outdated_button(),
    ]
    assert [text for text in said if not 0 < length(text) <= MAX_TOAST] == []


def test_questions_and_progress_are_short_enough() -> None:
    news = NewSamples(MANY, MANY, MANY, MANY, dict.fromkeys(range(MAX_ID, MAX_ID + 99), MANY), MANY)
    said = [retrain_replies.offer(news, NOW, MANY), retrain_replies.nothing_new(NOW, MANY)]
    said += [
        retrain_replies.progress(Progress(stage, 1, 2, 3, 30, 0.2, 0.9, 100.0)) for stage in STAGES
    ]
    assert [text for text in said if not 0 < length(text) <= MAX_TEXT] == []


def test_buttons_are_short_enough() -> None:
    short = [
        retrain_replies.start_button(),
        retrain_replies.cancel_button(),
        retrain_replies.stop_button(),
        model_replies.roll_back_button(),
        model_replies.promote_button(),
        model_replies.promote_anyway_button(),
        model_replies.no_button(),
    ]
    assert [text for text in short if not 0 < length(text) <= 28] == []
