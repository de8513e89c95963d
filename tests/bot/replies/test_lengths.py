"""What the bot says keeps to Telegram's limits in every language; they count UTF-16 code units."""

from dataclasses import fields, replace

import pytest

from bot.errors import (
    CorrectionLimitError,
    PhotoLimitError,
    StorageError,
    TapRefusedError,
    UnknownButtonError,
)
from bot.handlers.admin.review import MAX_RECORDS
from bot.logs import KEPT_ERRORS, NotedError
from bot.replies import account as account_replies
from bot.replies import explanation as why_replies
from bot.replies import help as help_replies
from bot.replies import images as image_replies
from bot.replies import inbox as inbox_replies
from bot.replies import photos as replies
from bot.replies import review as review_replies
from bot.replies import stats as admin_replies
from bot.replies.bot_state import BotState, bot_state
from bot.storage.accepted_labels import Decision
from bot.storage.answers import Answer, AnswerKey, StoredFace, StoredPhoto
from bot.storage.labels import Label
from bot.storage.reviews import PendingCorrection, ReviewOutcome, ReviewRecord
from bot.storage.statistics import CheckedVerdicts, Overview
from bot.storage.user_data import UserCounts
from model.errors import ImageFileTooLargeError
from model.network.verdict import Verdict
from tests.support.fake_model import verdict_with
from tests.support.message_limits import (
    MANY,
    MAX_BUTTON,
    MAX_CAPTION,
    MAX_DESCRIPTION,
    MAX_ID,
    MAX_TEXT,
    MAX_TOAST,
    length,
)

pytestmark = pytest.mark.usefixtures("each_language")


def refusals() -> list[Exception]:
    kinds = set(TapRefusedError.__subclasses__()) - {CorrectionLimitError, UnknownButtonError}
    limits = [CorrectionLimitError(MANY, seconds) for seconds in (0, 59 * 60, 24 * 3600)]
    plain = [kind() for kind in kinds]
    return [StorageError(), KeyError(), UnknownButtonError(""), *plain, *limits]


def test_toasts() -> None:
    said = [replies.thanks(label) for label in (None, *Label)]
    said += [replies.thanks_for_all(count) for count in (1, 2, 40)]
    said += [replies.refusal(error) for error in refusals()]
    said += [why_replies.refusal(error) for error in refusals()]
    said += [
        review_replies.outcome(decision, outcome) or "-"
        for decision in Decision
        for outcome in ReviewOutcome
    ]
    said += [review_replies.restored(MAX_ID, done) for done in (True, False)]
    said += [why_replies.shown_already(), why_replies.busy(), account_replies.storage_unavailable()]
    said += [inbox_replies.too_many_in_hand(count) for count in (1, 2, 100)]
    said += [inbox_replies.set_aside()]
    assert [text for text in said if not 0 < length(text) <= MAX_TOAST] == []


def test_captions() -> None:
    labelled = StoredFace(1, Verdict.UNSURE, 0.5, Label.NOT_A_FACE, 0, original_id=1)
    for faces in ([0.6] * 6, [0.9] * 34 + [0.6] * 6, [0.9, 0.1, 0.6] * 13 + [0.9]):
        known = Answer(AnswerKey(1, "n"), 1, (StoredPhoto(0, False, (labelled,) * len(faces)),))
        for neither in ([], [0.9 * (number % 2) for number in range(len(faces))]):
            crowd = replace(verdict_with(*faces, neither=neither), more_faces=True)
            assert length(replies.answer(crowd, known)) <= MAX_CAPTION
    assert length(account_replies.your_data()) <= MAX_CAPTION
    record = ReviewRecord(MAX_ID, MANY, MANY)
    for verdict in Verdict:
        correction = PendingCorrection(1, Label.SAD, b"", "v" * 60, verdict, 0.4, record, MANY)
        assert length(review_replies.pending(correction)) <= MAX_CAPTION
    labels = dict.fromkeys(Label, MANY)
    checked = CheckedVerdicts(1, "model", True, 9, MANY, MANY, MANY)
    seen = Overview(MANY, MANY, MANY, labels, {1: MANY}, (checked,))
    errors = [NotedError(0.0, "😢" * 1000)] * KEPT_ERRORS
    state = BotState(
        version="10.10.10", model="2026-11-25T03-12-05-retrained-abcdef12", running_s=1e9,
        photos=MANY, updates=MANY, oldest_s=MANY, answers_s=[MANY] * 1000, free_bytes=10**15,
        errors=errors, error_count=MANY,
    )  # fmt: skip
    figures = admin_replies.statistics(seen, MANY, MANY)
    assert length(f"{figures}\n\n{bot_state(state)}") <= MAX_CAPTION
    assert length(admin_replies.exported(labels)) <= MAX_CAPTION


def test_words_in_a_picture() -> None:
    words = admin_replies.plot_texts()
    assert max(len(words.photos), len(words.over_time)) <= 60
    assert max(len(words.by_model), len(words.reliability)) <= 30
    assert max(len(words.honest), len(words.people), len(words.nothing)) <= 30


def test_buttons() -> None:
    said = [replies.choice_button(action) for action in "rhsnwyq"]
    said += [replies.said_button(label) for label in Label]
    said += [replies.undo_button(), replies.back_button(), replies.why_heading()]
    said += [account_replies.erase_button(), account_replies.keep_button()]
    said += [review_replies.restore_button(MAX_ID)]
    assert [text for text in said if not 0 < length(text) <= MAX_BUTTON] == []
    choice = [review_replies.decision_button(decision) for decision in Decision]
    assert [text for text in choice if not 0 < length(text) <= MAX_BUTTON // 2] == []


def test_command_descriptions() -> None:
    menu = help_replies.commands() + help_replies.group_commands() + admin_replies.commands()
    assert [text for _, text in menu if not 3 <= length(text) <= MAX_DESCRIPTION] == []


def test_texts() -> None:
    counts = UserCounts(*[MANY] * len(fields(UserCounts)))
    said = [
        help_replies.welcome(),
        help_replies.explanation("photo_mood_bot"),
        account_replies.privacy(MANY),
        account_replies.statistics(counts),
        account_replies.ask_to_forget(counts),
        account_replies.erased(counts, clean=False),
        review_replies.set_aside([ReviewRecord(MAX_ID, MANY, MANY)] * MAX_RECORDS),
        review_replies.was_set_aside(ReviewRecord(MAX_ID, MANY, MANY)),
        replies.album([image_replies.photo_error(ImageFileTooLargeError(10**9, 10**7))] * 10, None),
        replies.album([image_replies.photo_error(PhotoLimitError(MANY, 24 * 3600))] * 10, None),
        replies.album([verdict_with(*[0.5, 0.1, 0.9] * 30)] * 10, None),
        replies.album([replace(verdict_with(*[0.5, 0.1] * 30), is_preview=True)] * 10, None),
    ]
    assert [text for text in said if not 0 < length(text) <= MAX_TEXT] == []
