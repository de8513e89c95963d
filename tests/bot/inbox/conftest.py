"""An inbox with handlers that do what a test says, and how it talks to Telegram."""

import logging

import pytest

from bot import backoff
from bot.inbox.inbox import Inbox
from bot.storage.database import Database
from tests.support.fake_telegram import FakeTelegram, fake_bot
from tests.support.inbox_updates import Handlers, NewInbox

QUIET_S = 0.05


@pytest.fixture
def handlers() -> Handlers:
    return Handlers()


@pytest.fixture
def new_inbox(database: Database, handlers: Handlers, telegram: FakeTelegram) -> NewInbox:
    """Build an inbox, as a new process does."""

    def build(quiet_s: float = QUIET_S) -> Inbox:
        return Inbox(database, fake_bot(telegram), handlers.handle, quiet_s)

    return build


@pytest.fixture
def inbox(new_inbox: NewInbox) -> Inbox:
    return new_inbox()


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests be repeated at once."""
    monkeypatch.setattr(backoff, "MIN_PAUSE_S", 0.0)
    monkeypatch.setattr(backoff, "MAX_PAUSE_S", 0.0)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the bot logs, from INFO on."""
    caplog.set_level(logging.INFO, "bot")
    return caplog
