"""A sandbox, a bot in it that can be killed and started again, and people."""

import asyncio
import logging
import re
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from bot.sandbox.cast import ADMIN_ID, FIRST_EXTRA_ID
from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import FloodLimits
from bot.sandbox.state.sandbox_state import SandboxOptions
from scripts.reliability.bot_process import STOP_S, BotProcess
from scripts.reliability.ledger import Ledger
from scripts.reliability.sandbox_crowd import Crowd

NO_QUOTA = {"BOT_PHOTOS_A_DAY": "1000000", "BOT_CORRECTIONS_A_DAY": "1000000"}
LOOK_S = 0.2
TAKEN_S = 30.0
_LOG_LINE = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+)\s", re.MULTILINE)


class Bot:
    """The unmodified bot, one process after another.

    Args:
        server: the sandbox that it talks to.
        folder: its working directory.
        settings: environment variables that add to those it needs in the sandbox.

    Attributes:
        command_prefix: what the next process is started with, such as `setpriv`.
        python: the Python that runs the next process.
        settings: environment variables of the next process.
        starts: when processes were started, by `time.monotonic()`.
    """

    def __init__(self, server: SandboxServer, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.command_prefix: Sequence[str] = ()
        self.python = sys.executable
        self.settings = {
            "TELEGRAM_BOT_TOKEN": server.token,
            "TELEGRAM_API_URL": server.url,
            "BOT_ADMINS": str(ADMIN_ID),
            **settings,
        }
        self._processes: list[BotProcess] = []
        self._children: set[psutil.Process] = set()
        self.starts: list[float] = []

    @property
    def log(self) -> str:
        """What all its processes have logged."""
        return "".join(process.log for process in self._processes)

    @property
    def runs(self) -> bool:
        return self._processes[-1].runs

    @property
    def pid(self) -> int:
        """The id of its latest process."""
        return self._processes[-1].pid

    @property
    def database(self) -> Path:
        """The file of its database."""
        return self.folder / "data" / "bot.sqlite3"

    def start(self) -> None:
        self._processes.append(
            BotProcess(self.folder, self.command_prefix, self.python, **self.settings)
        )
        self.starts.append(time.monotonic())

    async def wait_until_ready(self) -> None:
        """Wait until the bot is ready.

        Raises:
            AssertionError: it does not get ready; the message has its log.
        """
        await asyncio.to_thread(self._processes[-1].wait_for_log, "Ready:")

    async def wait_for_log(self, part: str, seconds: float) -> None:
        """Wait until a line of its latest process contains `part`.

        Raises:
            AssertionError: none does within `seconds`; the message has its log.
        """
        await asyncio.to_thread(self._processes[-1].wait_for_log, part, seconds)

    async def wait(self, seconds: float) -> int:
        """Wait until the process ends by itself; return its exit status.

        Raises:
            subprocess.TimeoutExpired: it does not within `seconds`.
        """
        return await asyncio.to_thread(self._processes[-1].wait, seconds)

    async def end(self, number: signal.Signals) -> int:
        """Send a signal that ends the process, and wait; return the exit status."""
        self._note_children()
        self._processes[-1].signal(number)
        return await asyncio.to_thread(self._processes[-1].wait, STOP_S)

    def close(self) -> None:
        """Kill what still runs, also a retraining that a killed bot has left behind."""
        self._note_children()
        for process in self._processes:
            process.close()
        for child in self._children:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def resident_bytes(self) -> int:
        """Return the resident memory of the bot's process and its children; 0 if it is gone."""
        total = 0
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._processes[-1].pid)
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    total += one.memory_info().rss
        return total

    def _note_children(self) -> None:
        with suppress(psutil.NoSuchProcess):
            self._children.update(psutil.Process(self._processes[-1].pid).children(recursive=True))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of the bot's database."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()

    def tracebacks(self) -> list[str]:
        """Return the tracebacks in the log, each with the lines around it."""
        log = self.log
        return [
            log[max(0, found.start() - 300) : found.start() + 3000]
            for found in re.finditer("Traceback", log)
        ]


class Trial:
    """What a reliability script works with.

    Attributes:
        server: the sandbox.
        bot: the bot in it.
        crowd: acts as its users.
        ledger: what was sent and answered.
        people: ids of the simulated people.
    """

    def __init__(self, server: SandboxServer, bot: Bot, crowd: Crowd, people: int) -> None:
        self.server = server
        self.bot = bot
        self.crowd = crowd
        self.ledger = Ledger()
        self.people = list(range(FIRST_EXTRA_ID, FIRST_EXTRA_ID + people))

    async def follow(self) -> None:
        """Tell the ledger what happens, until cancelled."""
        async for event in self.crowd.events():
            self.ledger.note(event)

    async def wait_until_taken(self) -> None:
        """Wait until the bot has confirmed all updates to the sandbox.

        Raises:
            TimeoutError: it does not.
        """
        async with asyncio.timeout(TAKEN_S):
            while await self.crowd.pending_updates():  # noqa: ASYNC110 - in another process
                await asyncio.sleep(LOOK_S)

    async def wait_for_words(self, patience: float) -> None:
        """Wait until everything sent has got a word, or none has come for `patience` seconds."""
        waiting, since = len(self.ledger.waiting()), time.monotonic()
        while waiting and time.monotonic() < since + patience:
            await asyncio.sleep(LOOK_S)
            left = len(self.ledger.waiting())
            if left < waiting:
                waiting, since = left, time.monotonic()


async def wait_until(happened: Callable[[], bool], seconds: float) -> bool:
    """Wait until `happened` returns True; return False if that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_S)
    return True


@asynccontextmanager
async def trial(
    people: int,
    limits: FloodLimits | None = None,
    command_prefix: Sequence[str] = (),
    **settings: str,
) -> AsyncIterator[Trial]:
    """Start a sandbox and a bot in a temporary folder; end both afterwards.

    Args:
        people: how many simulated people there are.
        limits: the sandbox's flood limits; Telegram's if None.
        command_prefix: a command that runs the bot's command, such as `setpriv`.
        **settings: environment variables of the bot.
    """
    options = SandboxOptions(limits=limits, extra_users=people)
    with TemporaryDirectory(prefix="reliability-") as folder, SandboxServer(options) as server:
        bot = Bot(server, Path(folder), {**NO_QUOTA, **settings})
        bot.command_prefix = command_prefix
        try:
            async with Crowd(server) as crowd:
                bot.start()
                await bot.wait_until_ready()
                running = Trial(server, bot, crowd, people)
                following = asyncio.create_task(running.follow())
                try:
                    yield running
                finally:
                    following.cancel()
                    await asyncio.wait({following})
        finally:
            bot.close()


def run(script: Coroutine[Any, Any, bool]) -> int:
    """Run a script; SIGTERM ends it like Ctrl-C, so that its bot ends, too.

    Returns:
        The exit status: 0 if the script returns True, else 1.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    return 0 if asyncio.run(script) else 1
