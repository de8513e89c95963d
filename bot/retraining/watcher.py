"""Carries out requests to retrain: `photo-mood retrain --watch`.

For each request it starts the same subprocess as a bot does that can train. It holds no lock of the
database: that one keeps a second bot away.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

from bot.errors import StorageError
from bot.log_limit import LogLimit
from bot.retraining.exit_status import ExitStatus
from bot.retraining.observed import RetrainExit
from bot.retraining.process import RetrainProcess
from bot.shutdown import in_background
from bot.storage import retraining_requests, retraining_watchers
from bot.storage.database import Database
from bot.storage.retraining_requests import RetrainingRequest
from bot.storage.retraining_watchers import HEARTBEAT_S
from bot.storage.retry import retry_while_locked

POLL_S = 1.0
REPORT_EVERY_S = 2.0  # as often as the bot edits its message
_ID_BYTES = 8

logger = logging.getLogger(__name__)


class Watcher:
    """Claims requests, one after the other, and reports how far they are.

    Args:
        database: holds the requests.
        make_process: returns the subprocess that retrains as a request says, not started yet.
        place: what the log calls the database.
    """

    def __init__(
        self,
        database: Database,
        make_process: Callable[[RetrainingRequest], RetrainProcess],
        place: str,
    ) -> None:
        self._database = database
        self._make_process = make_process
        self._place = place
        self._id = secrets.token_hex(_ID_BYTES)
        self._log_limit = LogLimit()

    async def run(self) -> NoReturn:
        """Wait for requests and carry them out, until cancelled.

        Raises:
            StorageError: the first heartbeat cannot be stored.
        """
        await retry_while_locked(self._beat)
        logger.info("Waiting for requests to retrain, in the database %s", self._place)
        try:
            async with in_background(self._keep_beating()):
                while True:
                    if request := await self._claim():
                        await self._carry_out(request)
                    await asyncio.sleep(POLL_S)
        finally:
            with suppress(StorageError):  # others forget it when it has been silent for a while
                await retraining_watchers.leave(self._database, self._id)

    async def _beat(self) -> None:
        await retraining_watchers.beat(self._database, self._id, round(time.time()))

    async def _keep_beating(self) -> NoReturn:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                await retry_while_locked(self._beat)
            except StorageError as error:
                logger.warning("A heartbeat could not be stored: %s", error)

    async def _claim(self) -> RetrainingRequest | None:
        try:
            return await retraining_requests.claim(self._database, self._id)
        except StorageError as error:
            text = "Requests are looked for again later: %s"
            self._log_limit.log(logger, logging.WARNING, "claim", text, error)
            return None

    async def _carry_out(self, request: RetrainingRequest) -> None:
        process = self._make_process(request)
        try:
            await process.start(request.requested_by)
            while process.is_running:
                if await self._is_to_stop(request, process):
                    process.stop()
                await _wait_for_news(process)
        finally:
            await process.close()
            await self._end(request, process.take_exit())

    async def _is_to_stop(self, request: RetrainingRequest, process: RetrainProcess) -> bool:
        """Report how far it is; return whether an admin stopped it, or it was given up."""
        if process.progress is None:
            return False
        try:
            current = await retraining_requests.report(
                self._database,
                request.key,
                self._id,
                process.run,
                process.progress.to_json(),
            )
        except StorageError as error:
            logger.warning("The progress is stored later: %s", error)
            return False
        return current is None or current.stop_requested

    async def _end(self, request: RetrainingRequest, ended: RetrainExit | None) -> None:
        ended = ended or RetrainExit(ExitStatus.STOPPED, None)
        store = partial(
            retraining_requests.end,
            self._database,
            request.key,
            self._id,
            ended.status.name.lower(),
            ended.run,
            ended.reason,
        )
        try:
            await retry_while_locked(store)
        except StorageError as error:
            logger.error("The end of the retraining could not be stored: %s", error)


async def _wait_for_news(process: RetrainProcess) -> None:
    """Wait until it is time for the next report; less if the run has begun, or it has ended."""
    run = process.run
    with suppress(TimeoutError):
        async with asyncio.timeout(REPORT_EVERY_S):
            while process.is_running and process.run == run:
                await process.wait_for_change()
