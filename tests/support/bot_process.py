"""The real bot as a process that talks to a sandbox over HTTP."""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import UNLIMITED
from bot.sandbox.state.sandbox_state import SandboxOptions
from scripts.reliability.bot_process import REPOSITORY as REPOSITORY
from scripts.reliability.bot_process import STOP_S as STOP_S
from scripts.reliability.bot_process import BotProcess as BotProcess
from tests.support.postgres_server import IS_WANTED, SharedDatabase
from tests.support.sandbox_client import Json, SandboxClient

STOP_LOG: Final = "finishing pending updates"


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
        shared_database: that the bots use; by default they have an SQLite file.
    """

    def __init__(
        self,
        options: SandboxOptions,
        folder: Path,
        shared_database: SharedDatabase | None = None,
    ) -> None:
        self.folder = folder
        self.shared_database = shared_database
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
        if self.shared_database is not None:
            ours["BOT_DATABASE_URL"] = self.shared_database.url
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


def _bot_sandbox(
    options: SandboxOptions, folder: Path, shared_database: SharedDatabase | None
) -> Iterator[BotSandbox]:
    sandbox = BotSandbox(options, folder, shared_database)
    with sandbox.server:
        try:
            yield sandbox
        finally:
            sandbox.close()
            if shared_database is not None:
                shared_database.empty()


@pytest.fixture(scope="session")
def shared_database(request: pytest.FixtureRequest) -> SharedDatabase | None:
    """The database on a PostgreSQL server, if `TEST_DATABASE` asks for one."""
    if not IS_WANTED:
        return None
    wanted: SharedDatabase = request.getfixturevalue("postgres_database")
    return wanted


@pytest.fixture
def sandbox(tmp_path: Path, shared_database: SharedDatabase | None) -> Iterator[BotSandbox]:
    """A sandbox without flood limits, for bots that a test starts itself."""
    yield from _bot_sandbox(SandboxOptions(limits=UNLIMITED), tmp_path, shared_database)


@pytest.fixture
def people(sandbox: BotSandbox) -> Iterator[SandboxClient]:
    """The people of that sandbox, acting without the chat page."""
    with SandboxClient(sandbox.server.url) as client:
        yield client


@pytest.fixture(scope="module")
def shared_sandbox(
    tmp_path_factory: pytest.TempPathFactory, shared_database: SharedDatabase | None
) -> Iterator[BotSandbox]:
    """A sandbox with one bot for all tests of a file; at the end the bot must stop cleanly."""
    folder = tmp_path_factory.mktemp("bot")
    for sandbox in _bot_sandbox(SandboxOptions(limits=UNLIMITED), folder, shared_database):
        bot = sandbox.start_bot()
        yield sandbox
        assert bot.stop() == 0
        assert "Traceback" not in bot.log, bot.log


@pytest.fixture
def chat(shared_sandbox: BotSandbox) -> Iterator[SandboxClient]:
    """The people of the sandbox with the shared bot."""
    with SandboxClient(shared_sandbox.server.url) as client:
        yield client


@pytest.fixture
def unprivileged() -> list[str]:
    """A command prefix under which file permissions hold for root, too."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to take that away")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
