"""A sandbox whose bot cannot train, and watchers (`photo-mood retrain --watch`) beside it."""

from collections.abc import Iterator

import pytest

from scripts.reliability.bot_process import BotProcess
from tests.support.bot_process import BotSandbox
from tests.support.no_tensorflow import PYTHONPATH
from tests.support.sandbox_client import ALEX, SandboxClient
from tests.support.stubbed_retraining import TIMEOUT_S, StubbedRetraining


class WatcherProcess(BotProcess):
    """`photo-mood retrain --watch` and its log."""

    # -P: `scripts` is not the stub in the working directory, except for the subprocess.
    arguments = ("-P", "-m", "scripts.photo_mood", "retrain", "--watch")


class WatchedRetraining(StubbedRetraining):
    """A sandbox whose bot has no TensorFlow, and whose watchers have a stub in its place.

    Args:
        sandbox: where the bot runs.
        people: the people in it.
    """

    def __init__(self, sandbox: BotSandbox, people: SandboxClient) -> None:
        super().__init__(sandbox, people)
        self.watchers: list[WatcherProcess] = []

    def start_bot(self, admins: str = str(ALEX), **settings: str) -> BotProcess:
        return super().start_bot(admins, PYTHONPATH=PYTHONPATH, **settings)

    def start_watcher(self) -> WatcherProcess:
        """Start a watcher, which has neither the token nor the admins of the bot."""
        watcher = WatcherProcess(self.sandbox.folder)
        self.watchers.append(watcher)
        watcher.wait_for_log("Waiting for requests to retrain")
        return watcher


@pytest.fixture
def watched(sandbox: BotSandbox) -> Iterator[WatchedRetraining]:
    with SandboxClient(sandbox.server.url, TIMEOUT_S) as people:
        retraining = WatchedRetraining(sandbox, people)
        yield retraining
        retraining.resume()
        for watcher in retraining.watchers:
            watcher.close()
