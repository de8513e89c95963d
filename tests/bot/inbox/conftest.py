"""An inbox with handlers that do what a test says."""

import pytest

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
