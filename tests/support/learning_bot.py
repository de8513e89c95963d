"""A bot that is taught and told to retrain, by a retraining that learns nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.bot_process import BotProcess, BotSandbox
from tests.support.conversation import SAD, button_labels
from tests.support.masked_portraits import masked_portrait
from tests.support.portraits import jpeg_of
from tests.support.sandbox_client import ALEX, ANNA, Json, SandboxClient
from tests.support.stub_learner import install

TRAINING = "Step 2 of 4: training"
PATIENCE_S = 90.0  # a retraining has the lowest priority of all


class Learner:
    """A sandbox with a bot whose retraining is a stand-in.

    Args:
        sandbox: the sandbox.
        people: of it.
    """

    def __init__(self, sandbox: BotSandbox, people: SandboxClient) -> None:
        self.sandbox = sandbox
        self.people = people
        install(sandbox.folder)
        self.wait = sandbox.folder / "wait"
        self.keep = sandbox.folder / "keep"

    def start_bot(self, admins: str = str(ALEX), **settings: str) -> BotProcess:
        return self.sandbox.start_bot(BOT_ADMINS=admins, BOT_TRUSTED=str(ANNA), **settings)

    def correct(self, number: int) -> None:
        """Anna sends a face, another for each number, and says what it is."""
        self.people.send_photo(jpeg_of(masked_portrait(number)))
        answer = self.people.wait_for_message(chat=ANNA, edited=False)
        said = SAD if SAD in button_labels(answer) else "👍 Right"
        query = self.people.press_label(answer, said)
        assert self.people.wait_for_answer(query)["text"].startswith("Noted")

    def ask(self, admin: int = ALEX) -> Json:
        """An admin sends /retrain; the answer."""
        self.people.send_text("/retrain", admin)
        return self.people.wait_for_message(chat=admin)

    def begin(self, admin: int = ALEX) -> Json:
        """An admin has it retrain; the message in which the training is seen."""
        question = self.ask(admin)
        self.people.press_label(question, "Start", admin)
        return self.people.wait_for_text(TRAINING, chat=admin)

    def runs(self) -> list[Any]:
        """What the audit says, oldest first."""
        with closing(sqlite3.connect(self.sandbox.folder / "data" / "bot.sqlite3")) as connection:
            rows = connection.execute("SELECT state FROM runs ORDER BY id").fetchall()
        return [state for (state,) in rows]

    def newest_version(self) -> str:
        """Which version answered the last photo, as the database says."""
        with closing(sqlite3.connect(self.sandbox.folder / "data" / "bot.sqlite3")) as connection:
            query = "SELECT model_version FROM photos ORDER BY id DESC LIMIT 1"
            return str(connection.execute(query).fetchone()[0])


@pytest.fixture
def learner(sandbox: BotSandbox) -> Iterator[Learner]:
    with SandboxClient(sandbox.server.url, PATIENCE_S) as people:
        learner = Learner(sandbox, people)
        yield learner
        learner.wait.unlink(missing_ok=True)  # nothing goes on after the test
