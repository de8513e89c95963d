"""Supervisor of the retraining subprocess.

`python -m scripts.retrain --json` writes one JSON object per line to standard output. It runs as a
process of its own so that the bot keeps answering, and its memory is free again afterwards.
"""

import asyncio
import json
import logging
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from bot.metrics import Metrics
from bot.retraining.exit_status import ExitStatus
from bot.retraining.observed import ObservedRetraining, RetrainExit
from bot.settings import LocalSettings, Settings
from bot.storage.retraining_requests import KEY_BYTES
from model.retraining.progress import Progress

KILL_AFTER_S = 10.0  # after being asked to stop; it stops between two batches, if it can
CLOSE_TIMEOUT_S = 2.0  # for it to end when the bot itself ends
_MAX_LINE_BYTES = 2**20

logger = logging.getLogger(__name__)


class RetrainProcess(ObservedRetraining):
    """Starts the subprocess, reads its progress, and stops it; at most one runs at a time.

    Args:
        command: the program and its arguments.
        environment: its environment variables.
        metrics: counts how they end.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__()
        self._metrics = metrics or Metrics()
        self._command = tuple(command)
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._key = ""
        self._run: int | None = None
        self._progress: Progress | None = None
        self._stopping = False
        self._reason = ""

    @property
    def progress(self) -> Progress | None:
        """Progress of the retraining; None if none is running."""
        return self._progress

    @property
    def key(self) -> str:
        """What tells the last retraining that was started here from all others."""
        return self._key

    @property
    def run(self) -> int | None:
        """Id of the last retraining in the table `runs`; None until it is stored there."""
        return self._run

    @property
    def is_running(self) -> bool:
        """Whether a retraining that was started here is running."""
        return self._progress is not None

    @property
    def stopping(self) -> bool:
        """Whether it has been asked to stop."""
        return self._stopping

    async def start(self, started_by: int | None = None) -> bool:
        """Start it, unless it is running already.

        Args:
            started_by: user id of the admin; None if nobody asked for it.

        Returns:
            False if one is running already. True if it was started, or could not be: then
            `take_exit` says why.
        """
        if self.is_running:
            return False
        self._progress, self._run, self._stopping, self._reason = Progress(), None, False, ""
        self._key = secrets.token_hex(KEY_BYTES)
        options = () if started_by is None else ("--started-by", str(started_by))
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                *options,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment,
                limit=_MAX_LINE_BYTES,
                # Ctrl-C in a terminal is for the bot, which then stops the subprocess itself.
                start_new_session=True,
            )
        except OSError as error:
            logger.error("The retraining cannot be started: %s", error)
            self._end(ExitStatus.FAILED, str(error))
            return True
        logger.info("Retraining started, process %d", self._process.pid)
        self._reader = asyncio.create_task(self._read(self._process))
        self._changed.set()
        return True

    def stop(self) -> bool:
        """Ask it to stop; after `KILL_AFTER_S` it is killed, which does no harm either.

        Returns:
            Whether one is running.
        """
        if self._process is None or self._progress is None:
            return False
        if not self._stopping:
            self._stopping = True
            self._process.terminate()
            asyncio.get_running_loop().call_later(KILL_AFTER_S, _kill, self._process)
            self._changed.set()
        return True

    async def close(self) -> None:
        """Stop it and wait until it has ended; after `CLOSE_TIMEOUT_S` it is killed."""
        self.stop()
        if self._process is None or self._reader is None:
            return
        _, late = await asyncio.wait({self._reader}, timeout=CLOSE_TIMEOUT_S)
        if late:
            _kill(self._process)
            await asyncio.wait(late)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        log = asyncio.create_task(_log(process.stderr))
        try:
            async for line in _lines(process.stdout):
                self._read_event(line)
        except ValueError:
            logger.exception("The retraining writes an endless line")
            _kill(process)
        await log
        code = await process.wait()
        logger.info("Retraining ended with status %d", code)
        self._end(self._status(code), self._reason or f"it ended with status {code}")

    def _status(self, code: int) -> ExitStatus:
        if code in set(ExitStatus) - {ExitStatus.FAILED}:
            return ExitStatus(code)
        # A stopped one may have been killed, because asking was not enough.
        return ExitStatus.STOPPED if self._stopping else ExitStatus.FAILED

    def _read_event(self, line: bytes) -> None:
        try:
            self._handle_event(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError):
            logger.warning("The retraining writes a line that is no event: %.200r", line)
            return
        self._changed.set()

    def _handle_event(self, event: dict[str, Any]) -> None:
        run = event.get("run")
        if event["event"] == "progress":
            self._run, self._progress = run, Progress.from_json(event)
        elif event["event"] == "failed":
            self._reason = str(event["reason"])
        elif event["event"] == "started":
            self._run, self._progress = run, Progress(eta_s=event.get("estimate_s"))

    def _end(self, status: ExitStatus, reason: str) -> None:
        self._metrics.retrainings.labels(status.name.lower()).inc()
        self._exit = RetrainExit(status, self._run, reason if status is ExitStatus.FAILED else "")
        self._progress = self._process = self._reader = None
        self._changed.set()


def command_for(settings: LocalSettings) -> tuple[str, ...]:
    """Return the command that retrains with the same settings."""
    env_file = str(settings.env_file.absolute())
    return (sys.executable, "-m", "scripts.retrain", "--json", "--env-file", env_file)


def environment_for(settings: LocalSettings) -> dict[str, str]:
    """Return the environment of the subprocess: the same database and data, but no secrets.

    It needs no network: neither the token nor the passwords in addresses of proxies.
    """
    for_telegram = Settings.model_fields.keys() - LocalSettings.model_fields.keys()
    ours = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in for_telegram and not name.lower().endswith("_proxy")
    }
    # Not as an argument: other users of the machine can read those.
    ours["BOT_DATABASE_URL"] = settings.bot_database_url.get_secret_value()
    ours["BOT_DATA_DIR"] = str(settings.bot_data_dir.absolute())
    return ours


async def _log(stream: asyncio.StreamReader | None) -> None:
    """Copy its standard error to the bot's log, which hides secrets."""
    try:
        async for line in _lines(stream):
            logger.info("Retraining: %s", line.decode(errors="replace").rstrip())
    except ValueError:
        logger.exception("The retraining logs an endless line")


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[bytes]:
    """Yield the lines of a stream; none if it is not a pipe.

    Raises:
        ValueError: a line is longer than the stream's limit.
    """
    while stream is not None and (line := await stream.readline()):
        yield line


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
