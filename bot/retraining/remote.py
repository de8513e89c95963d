"""A retraining that a watcher carries out, seen from the bot.

The bot and the watcher (`bot.retraining.watcher`) meet only in the database, so either may be
restarted while the other goes on.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import NoReturn

from bot.errors import StorageError
from bot.log_limit import LogLimit
from bot.metrics import Metrics
from bot.replies.retraining_errors import WATCHER_GONE
from bot.retraining.exit_status import ExitStatus
from bot.retraining.observed import ObservedRetraining, RetrainExit
from bot.retraining.retraining_lock import is_retraining
from bot.storage import retraining_requests, retraining_watchers
from bot.storage.database import Database
from bot.storage.retraining_requests import RequestState, RetrainingRequest
from bot.storage.retraining_watchers import SILENT_AFTER_S
from model.registry.registry import Registry
from model.retraining.progress import Progress

POLL_S = 1.0  # while there is a request
IDLE_POLL_S = 5.0  # while there is none, if other bots may make one

logger = logging.getLogger(__name__)


class RemoteRetraining(ObservedRetraining):
    """Writes a request to the database, and reads how far a watcher is with it.

    The properties tell what `update` read last.

    Args:
        database: holds the request.
        registry: a running retraining holds its `retrain_lock`.
        trusted: ids of the users whose corrections count at once.
        metrics: counts how the retrainings end.
        clock: returns seconds since 1970.
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        trusted: Collection[int],
        metrics: Metrics | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self._database = database
        self._registry = registry
        self._trusted = trusted
        self._metrics = metrics or Metrics()
        self._clock = clock
        self._request: RetrainingRequest | None = None
        self._is_silent = False
        self._updating = asyncio.Lock()
        self._log_limit = LogLimit()
        self._has_request = asyncio.Event()

    @property
    def progress(self) -> Progress | None:
        """Progress of the retraining; None if none is running or waiting."""
        if not self.is_running:
            return None
        request = self._request
        return Progress.from_json(request.progress or {}) if request else None

    @property
    def key(self) -> str:
        """What tells the request from all others; empty if there is none."""
        return self._request.key if self._request else ""

    @property
    def is_running(self) -> bool:
        """Whether a request waits, or a watcher carries it out."""
        return self._request is not None and self._request.state is not RequestState.ENDED

    @property
    def stopping(self) -> bool:
        """Whether the watcher has been asked to stop."""
        return self._request is not None and self._request.stop_requested

    @property
    def unseen_since(self) -> int | None:
        """Its start in seconds since 1970, if it goes on although its watcher is gone."""
        return self._request.requested_at if self._request and self._is_silent else None

    async def is_watched(self) -> bool:
        """Return whether a watcher is there.

        Raises:
            StorageError: the database cannot be read.
        """
        return await retraining_watchers.is_any_there(self._database, self._now())

    async def start(self, started_by: int | None = None) -> bool:
        """Request a retraining, unless one is requested already.

        Args:
            started_by: user id of the admin; None if nobody asked for it.

        Returns:
            False if one is requested already.

        Raises:
            StorageError: the database cannot be used. If the request was stored nevertheless, `run`
                finds it.
        """
        key = await retraining_requests.add(self._database, started_by, self._trusted, self._now())
        self._has_request.set()
        await self.update()
        if key is not None:
            logger.info("A retraining is requested, which a watcher carries out")
        return key is not None

    async def stop(self) -> bool:
        """Ask the watcher to stop.

        Returns:
            Whether a retraining is requested.

        Raises:
            StorageError: the watcher was not asked.
        """
        asked = await retraining_requests.request_stop(self._database, self.key)
        await self.update()
        return asked

    async def was_reported(self) -> bool:
        """Return whether another bot has removed the request whose end was taken last.

        Raises:
            StorageError: the database cannot be read.
        """
        if self._request is None:
            return False
        stored = await retraining_requests.load(self._database)
        return stored is None or stored.key != self._request.key

    async def forget_exit(self) -> None:
        """Remove a request whose end was taken, so that the next one can be stored.

        Raises:
            StorageError: it was not removed.
        """
        async with self._updating:
            if self._request is None or self.is_running or self._exit is not None:
                return
            await retraining_requests.remove(self._database, self.key)
            self._request = None

    async def update(self) -> None:
        """Read the request, and give it up if no watcher is there for it any more.

        Raises:
            StorageError: the database cannot be used.
        """
        async with self._updating:
            request = await retraining_requests.load(self._database)
            since = self._now() - SILENT_AFTER_S
            is_silent = False
            if request is not None and request.is_abandoned(since):
                # What the watcher has started may go on without it; then its end is awaited.
                is_claimed = request.state is RequestState.RUNNING
                is_silent = is_claimed and await is_retraining(self._database, self._registry)
                if not is_silent:
                    request = await self._give_up(request, since)
            self._set(request, is_silent)

    async def run(self) -> NoReturn:
        """Update while there is a request, until cancelled."""
        while True:
            self._has_request.clear()
            try:
                await self.update()
            except StorageError as error:
                text = "The requested retraining is looked at again later: %s"
                self._log_limit.log(logger, logging.WARNING, "update", text, error)
            except Exception as error:
                text = "The requested retraining is looked at again later"
                self._log_limit.log(logger, logging.ERROR, "bug", text, exc_info=error)
            else:
                if self._request is None:
                    await self._wait_for_request()
            await asyncio.sleep(POLL_S)

    async def _wait_for_request(self) -> None:
        # Another bot may have made one, and may be gone when it ends.
        pause_s = IDLE_POLL_S if self._database.is_shared else None
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._has_request.wait()

    async def _give_up(self, request: RetrainingRequest, since: int) -> RetrainingRequest | None:
        logger.warning("No watcher is there for the requested retraining any more")
        await retraining_requests.give_up(self._database, request.key, since, WATCHER_GONE)
        return await retraining_requests.load(self._database)

    def _set(self, request: RetrainingRequest | None, is_silent: bool) -> None:
        before, was_silent = self._request, self._is_silent
        self._request, self._is_silent = request, is_silent
        if request is not None:
            self._has_request.set()
            if request.state is RequestState.ENDED and not _has_ended(before, request.key):
                self._end(request)
        if request != before or is_silent != was_silent:
            self._changed.set()

    def _end(self, request: RetrainingRequest) -> None:
        status = ExitStatus[(request.outcome or "failed").upper()]
        logger.info("The requested retraining ended: %s", status.name.lower())
        self._metrics.retrainings.labels(status.name.lower()).inc()
        self._exit = RetrainExit(status, request.run, request.reason)

    def _now(self) -> int:
        return round(self._clock())


def _has_ended(request: RetrainingRequest | None, key: str) -> bool:
    """Return whether a request had this key and had ended."""
    if request is None or request.key != key:
        return False
    return request.state is RequestState.ENDED
