"""The retraining that this bot runs: a program of its own, which tells how far it is.

`python -m scripts.retrain --json` writes one JSON object a line on standard output. It is never
imported: so the bot keeps answering while it learns, and its memory is free again afterwards.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.settings import Settings

KILL_AFTER_S = 10.0  # after being asked to stop; it ends between two batches, if it can
LAST_WORDS_S = 2.0  # for it to end when the bot itself ends
COMMAND = (sys.executable, "-m", "scripts.retrain", "--json")
_MAX_LINE_BYTES = 2**20  # bytes

logger = logging.getLogger(__name__)


class ExitReason(StrEnum):
    """How a retraining came to its end."""

    FINISHED = "finished"
    NOTHING_NEW = "nothing new"
    ANOTHER_RUNS = "another runs"
    STOPPED = "stopped"
    FAILED = "failed"


# By the program's exit status; any other is a failure.
_ENDINGS = {
    0: ExitReason.FINISHED,
    3: ExitReason.NOTHING_NEW,
    4: ExitReason.ANOTHER_RUNS,
    130: ExitReason.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a retraining is; what is not known (yet) is None."""

    run: int | None = None  # its id in the table `runs`
    stage: str | None = None  # "features", "training", "gate" or "packing"
    done: int = 0  # of `total`, in this stage
    total: int = 0
    epoch: int | None = None
    epochs: int | None = None
    loss: float | None = None
    accuracy: float | None = None  # 0 to 1
    eta_s: float | None = None  # seconds until the whole of it is done


@dataclass(frozen=True, slots=True)
class RetrainExit:
    """A retraining that is over."""

    how: ExitReason
    run: int | None  # None: it did not come so far as to be noted in the table
    reason: str  # in plain words, of a failure; else empty


class RetrainProcess:
    """Starts the program, listens to it, and stops it; there is at most one at a time.

    Args:
        command: the program and its arguments.
        environment: its environment variables.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = tuple(command)
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._progress: Progress | None = None
        self._stopping = False
        self._reason = ""
        self._ended: RetrainExit | None = None
        self._news = asyncio.Event()

    @property
    def progress(self) -> Progress | None:
        """How far it is; None when none is running."""
        return self._progress

    async def start(self, started_by: int | None = None) -> bool:
        """Start it, unless it is running already.

        Args:
            started_by: the admin's user id; None if nobody asked for it.

        Returns:
            Whether it was started.
        """
        if self._progress is not None:
            return False
        self._progress, self._stopping, self._reason = Progress(), False, ""
        who = () if started_by is None else ("--started-by", str(started_by))
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                *who,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment,
                limit=_MAX_LINE_BYTES,
                # Ctrl-C in a terminal is for the bot, which then stops this one in its own way.
                start_new_session=True,
            )
        except OSError as error:
            logger.error("The retraining cannot be started: %s", error)
            self._end(ExitReason.FAILED, str(error))
            return True
        logger.info("Retraining started, process %d", self._process.pid)
        self._listening = asyncio.create_task(self._listen(self._process))
        self._tell()
        return True

    def stop(self) -> bool:
        """Ask it to stop; should it not, it is killed, which does no harm either.

        Returns:
            Whether there was one to be asked.
        """
        if self._process is None or self._progress is None:
            return False
        if not self._stopping:
            self._stopping = True
            self._process.terminate()
            asyncio.get_running_loop().call_later(KILL_AFTER_S, _kill, self._process)
            self._tell()
        return True

    @property
    def stopping(self) -> bool:
        """Whether it has been asked to stop."""
        return self._stopping

    async def news(self) -> None:
        """Wait until there is something new about it; for one waiter only."""
        await self._news.wait()
        self._news.clear()

    def take_exit(self) -> RetrainExit | None:
        """How the last one ended, once; None if none has ended since this was asked."""
        ended, self._ended = self._ended, None
        return ended

    async def close(self) -> None:
        """See to its end; it has a moment, and longer if it was asked to stop before."""
        self.stop()
        if self._process is None or self._listening is None:
            return
        _, late = await asyncio.wait({self._listening}, timeout=LAST_WORDS_S)
        if late:
            _kill(self._process)
            await asyncio.wait(late)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - as asked for
        assert process.stderr is not None  # noqa: S101 - as asked for
        log = asyncio.create_task(_log(process.stderr))
        try:
            while line := await process.stdout.readline():
                self._hear(line)
        except ValueError:
            logger.exception("The retraining says something endless")
            _kill(process)
        await log
        status = await process.wait()
        logger.info("Retraining ended with status %d", status)
        how = _ENDINGS.get(status, ExitReason.FAILED)
        if self._stopping and status not in _ENDINGS:
            how = ExitReason.STOPPED  # killed, because asking was not enough
        self._end(how, self._reason or f"it ended with status {status}")

    def _hear(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            self._follow(event)
        except (ValueError, TypeError, KeyError, AttributeError):
            logger.warning("The retraining says something strange: %.200r", line)
            return
        self._tell()

    def _follow(self, event: dict[str, Any]) -> None:
        run = event.get("run")
        if event["event"] == "progress":
            names = set(Progress.__slots__) & set(event)
            self._progress = Progress(**{name: event[name] for name in names})
        elif event["event"] == "failed":
            self._reason = str(event["reason"])
        elif event["event"] == "started":
            self._progress = Progress(run=run, eta_s=event.get("estimate_s"))

    def _end(self, how: ExitReason, reason: str) -> None:
        run = self._progress.run if self._progress else None
        self._ended = RetrainExit(how, run, reason if how is ExitReason.FAILED else "")
        self._progress = self._process = self._listening = None
        self._tell()

    def _tell(self) -> None:
        self._news.set()


def environment_for(settings: Settings) -> dict[str, str]:
    """The environment of the program, so that it learns from this bot's corrections.

    Args:
        settings: the bot's; the token is not handed on.
    """
    secret = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - its name
    ours = {name: value for name, value in os.environ.items() if name.upper() != secret}
    # Not as an argument: other users of the machine can read those.
    ours["BOT_DATABASE_URL"] = settings.bot_database_url.get_secret_value()
    ours["BOT_DATA_DIR"] = str(settings.bot_data_dir.absolute())
    return ours


async def _log(stream: asyncio.StreamReader) -> None:
    """Pass on what it has to say to the operator; the log hides the secrets in it."""
    try:
        while line := await stream.readline():
            logger.info("Retraining: %s", line.decode(errors="replace").rstrip())
    except ValueError:
        logger.exception("The retraining logs something endless")


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
