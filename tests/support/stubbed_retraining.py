"""A bot whose corrections and retrainings are real, except that nothing is learned."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.bot_database import rows
from tests.support.bot_process import BotProcess, BotSandbox
from tests.support.conversation import SAD, button_labels
from tests.support.crying_faces import crying_face
from tests.support.portraits import jpeg_of
from tests.support.sandbox_client import ALEX, ANNA, Json, SandboxClient
from tests.support.stub_learner import KEEP_FILE, PAUSE_FILE, install

TRAINING = "Step 2 of 4: training"
TIMEOUT_S = 90.0  # a retraining has the lowest priority of all


class StubbedRetraining:
    """A sandbox whose bot retrains with `tests.support.stub_learner`.

    Args:
        sandbox: where the bot runs.
        people: the people in it.
    """

    def __init__(self, sandbox: BotSandbox, people: SandboxClient) -> None:
        self.sandbox = sandbox
        self.people = people
        install(sandbox.folder)

    def start_bot(self, admins: str = str(ALEX), **settings: str) -> BotProcess:
        return self.sandbox.start_bot(BOT_ADMINS=admins, BOT_TRUSTED=str(ANNA), **settings)

    def pause(self) -> None:
        """Keep every retraining in its second step, training, until `resume`."""
        (self.sandbox.folder / PAUSE_FILE).touch()

    def resume(self) -> None:
        (self.sandbox.folder / PAUSE_FILE).unlink(missing_ok=True)

    def learn_nothing_better(self) -> None:
        """Make every later retraining end with a model that is only kept."""
        (self.sandbox.folder / KEEP_FILE).touch()

    def send_and_correct(self, number: int) -> None:
        """Send a face as Anna, another one for each number, and label it."""
        self.people.send_photo(jpeg_of(crying_face(number)))
        answer = self.people.wait_for_message(chat=ANNA, edited=False)
        label = SAD if SAD in button_labels(answer) else "👍 Right"
        query = self.people.press_label(answer, label)
        assert self.people.wait_for_answer(query)["text"].startswith("Got it")

    def request(self, admin: int = ALEX) -> Json:
        """Send /retrain as an admin; return the bot's question."""
        self.people.send_text("/retrain", admin)
        return self.people.wait_for_message(chat=admin)

    def start(self, admin: int = ALEX) -> Json:
        """Start a retraining as an admin; return the progress message once it trains."""
        question = self.request(admin)
        self.people.press_label(question, "Start", admin)
        return self.people.wait_for_text(TRAINING, chat=admin)

    def stop(self, shown: Json) -> Json:
        """Stop the retraining that a progress message is about; return the message at its end."""
        self.people.press_label(shown, "Stop", ALEX)
        told = self.people.wait_for_text("was stopped before it was done", chat=ALEX)
        assert told["message_id"] == shown["message_id"]
        assert self.run_states() == ["stopped"]
        return told

    def run_states(self) -> list[Any]:
        """Return the state of each run, oldest first."""
        return [state for (state,) in rows(self.sandbox, "SELECT state FROM runs ORDER BY id")]

    def version_of_last_answer(self) -> str:
        newest = "SELECT model_version FROM photos ORDER BY id DESC LIMIT 1"
        return str(rows(self.sandbox, newest)[0][0])


@pytest.fixture
def retraining(sandbox: BotSandbox) -> Iterator[StubbedRetraining]:
    with SandboxClient(sandbox.server.url, TIMEOUT_S) as people:
        retraining = StubbedRetraining(sandbox, people)
        yield retraining
        retraining.resume()
