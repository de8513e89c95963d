"""The real bot as a process that talks to a sandbox over HTTP."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import UNLIMITED
from bot.sandbox.state.sandbox_state import SandboxOptions
from bot.settings import Settings
from tests.support.sandbox_client import Json, SandboxClient

REPOSITORY: Final = Path(__file__).parents[2]
START_S: Final = 60
# A stop takes up to 9.5 seconds by the bot's own clock, and longer where the machine is busy.
STOP_S: Final = 30
STOP_LOG: Final = "finishing pending updates"


class BotProcess:
    """`python -m bot` and its log.

    Args:
        folder: an empty working directory, so that no `.env` of the developer is found.
        command_prefix: a command that runs the bot's command, such as `setpriv`.
        settings: its environment variables; settings of the developer's environment are left out.
    """

    def __init__(self, folder: Path, command_prefix: Sequence[str] = (), **settings: str) -> None:
        own = {name.upper() for name in Settings.model_fields}
        inherited = {name: value for name, value in os.environ.items() if name not in own}
        self._process = subprocess.Popen(
            [*command_prefix, sys.executable, "-m", "bot"],
            cwd=folder,
            env={**inherited, "PYTHONPATH": str(REPOSITORY), "NO_PROXY": "127.0.0.1", **settings},
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        with self._changed:
            return "".join(self._lines)

    def wait_for_log(self, part: str, seconds: float = START_S) -> None:
        self._wait(lambda: any(part in line for line in self._lines), seconds)
        assert part in self.log, self.log

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float = START_S) -> int:
        """Wait until the process ends; return its exit status."""
        status = self._process.wait(seconds)
        self._reader.join(seconds)
        return status

    def stop(self) -> int:
        """Stop the bot as an operator does; return its exit status.

        Raises:
            subprocess.TimeoutExpired: it takes longer than `STOP_S` seconds.
        """
        self.signal(signal.SIGTERM)
        return self.wait(STOP_S)

    def close(self) -> None:
        """Kill the process if it still runs, and close its log."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _wait(self, happened: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self._changed:
            while not (happened() or self._ended):
                if not self._changed.wait(deadline - time.monotonic()):
                    return


def wait_for_answers(client: SandboxClient, message_ids: list[int]) -> list[Json]:
    """Wait for a reply to each of these private messages; return the replies in the same order."""
    client.mark = 0
    replies: dict[int, Json] = {}
    while missing := set(message_ids) - set(replies):
        # Everything since the start is looked at, and a group has the same message ids again.
        reply = client.wait_for_message(
            lambda message: (
                message["chat"]["type"] == "private"
                and message.get("reply_to_message", {}).get("message_id") in missing
            ),
            timeout=60,
        )
        replies[reply["reply_to_message"]["message_id"]] = reply
    return [replies[message_id] for message_id in message_ids]


class BotSandbox:
    """A sandbox and the bot processes that a test starts in it.

    Args:
        options: how to set up the sandbox.
        folder: the working directory of the bots.
    """

    def __init__(self, options: SandboxOptions, folder: Path) -> None:
        self.folder = folder
        self._bots: list[BotProcess] = []
        self.server = SandboxServer(options)

    def start_bot(
        self, ready: bool = True, command_prefix: Sequence[str] = (), **settings: str
    ) -> BotProcess:
        """Start a bot.

        Args:
            ready: whether to wait until it fetches updates.
            command_prefix: as for `BotProcess`.
            **settings: environment variables that add to the sandbox's address and token.
        """
        ours = {"TELEGRAM_BOT_TOKEN": self.server.token, "TELEGRAM_API_URL": self.server.url}
        bot = BotProcess(self.folder, command_prefix, **{**ours, **settings})
        self._bots.append(bot)
        if ready:
            bot.wait_for_log("Ready:")
        return bot

    def close(self) -> None:
        """End every bot and check that none had to be cut off or wrote the token to its log."""
        for bot in self._bots:
            bot.close()
        secret = self.server.token.partition(":")[2]
        for bot in self._bots:
            assert secret not in bot.log
            # Where updates had to be cancelled, seven of the 9.5 seconds are over already.
            if "updates are cancelled" not in bot.log:
                assert "Shutdown timed out" not in bot.log, bot.log


def _bot_sandbox(options: SandboxOptions, folder: Path) -> Iterator[BotSandbox]:
    sandbox = BotSandbox(options, folder)
    with sandbox.server:
        try:
            yield sandbox
        finally:
            sandbox.close()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[BotSandbox]:
    """A sandbox without flood limits, for bots that a test starts itself."""
    yield from _bot_sandbox(SandboxOptions(limits=UNLIMITED), tmp_path)


@pytest.fixture
def people(sandbox: BotSandbox) -> Iterator[SandboxClient]:
    """The people of that sandbox, acting without the chat page."""
    with SandboxClient(sandbox.server.url) as client:
        yield client


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotSandbox]:
    """A sandbox with one bot for all tests of a file; at the end the bot must stop cleanly."""
    for sandbox in _bot_sandbox(SandboxOptions(limits=UNLIMITED), tmp_path_factory.mktemp("bot")):
        bot = sandbox.start_bot()
        yield sandbox
        assert bot.stop() == 0
        assert "Traceback" not in bot.log, bot.log


@pytest.fixture
def chat(shared_sandbox: BotSandbox) -> Iterator[SandboxClient]:
    """The people of the sandbox with the shared bot."""
    with SandboxClient(shared_sandbox.server.url) as client:
        yield client
