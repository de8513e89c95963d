"""What the bot says keeps to Telegram's limits in every language; they count UTF-16 code units."""

from collections.abc import Iterator
from dataclasses import fields

import pytest

from bot import account_replies, admin_replies, help_replies, replies, why_replies
from bot.errors import StorageError, TapRefusedError
from bot.language import LANGUAGES, speaking
from bot.storage.photos import Label
from bot.storage.users import Counts
from model.errors import ImageFileTooLargeError
from tests.bot.fakes import verdict_with

TEXT, CAPTION, TOAST, DESCRIPTION = 4096, 1024, 200, 256
BUTTON = 28  # about what fits into half the width of a phone
MANY = 99_999


@pytest.fixture(params=[None, *LANGUAGES], autouse=True)
def language(request: pytest.FixtureRequest) -> Iterator[None]:
    with speaking(request.param):
        yield


def length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def refusals() -> list[type[Exception]]:
    return [StorageError, KeyError, *TapRefusedError.__subclasses__()]


def test_toasts() -> None:
    said = [replies.thanks(label) for label in (None, *Label)]
    said += [replies.refusal(error()) for error in refusals()]
    said += [why_replies.refusal(error()) for error in refusals()]
    said += [why_replies.shown_already(), why_replies.busy(), account_replies.records_away()]
    assert [text for text in said if not 0 < length(text) <= TOAST] == []


def test_captions() -> None:
    assert length(replies.caption(verdict_with(*[0.5] * 200))) <= CAPTION
    assert length(account_replies.your_data()) <= CAPTION


def test_buttons() -> None:
    said = [replies.choice_button(action) for action in "rhsn"]
    said += [replies.noted_button(label) for label in Label]
    said += [replies.undo_button(), replies.back_button()]
    said += [account_replies.erase_button(), account_replies.keep_button()]
    assert [text for text in said if not 0 < length(text) <= BUTTON] == []


def test_command_descriptions() -> None:
    menu = help_replies.commands() + help_replies.group_commands() + admin_replies.commands()
    assert [text for _, text in menu if not 3 <= length(text) <= DESCRIPTION] == []


def test_texts() -> None:
    counts = Counts(*[MANY] * len(fields(Counts)))
    said = [
        help_replies.welcome(),
        help_replies.explanation(),
        account_replies.privacy(MANY),
        account_replies.statistics(counts),
        account_replies.ask_to_forget(counts),
        account_replies.erased(counts, clean=False),
        replies.album([replies.reason(ImageFileTooLargeError(10**9, 10**7))] * 10),
        replies.album([verdict_with(*[0.5, 0.1, 0.9] * 30)] * 10),
    ]
    assert [text for text in said if not 0 < length(text) <= TEXT] == []
