"""Decides where a retraining runs: with a watcher if one is there, otherwise beside the bot."""

import asyncio
import shlex
from collections.abc import Callable

from bot.errors import NobodyRetrainsError
from bot.retraining.observed import RetrainExit
from bot.retraining.process import RetrainProcess
from bot.retraining.remote import RemoteRetraining
from bot.settings import LocalSettings
from model.retraining.progress import Progress


class RetrainingRunner:
    """Runs at most one retraining at a time, here or elsewhere.

    Whoever starts a watcher wants it to do the work, so it goes first.

    Args:
        process: the subprocess that retrains.
        remote: asks a watcher to retrain.
        can_train: returns whether the subprocess could train.
        watch_command: starts a watcher for this bot.
    """

    def __init__(
        self,
        process: RetrainProcess,
        remote: RemoteRetraining,
        can_train: Callable[[], bool],
        watch_command: str,
    ) -> None:
        self._process = process
        self._remote = remote
        self._can_train = can_train
        self._watch_command = watch_command

    @property
    def progress(self) -> Progress | None:
        """Progress of the retraining; None if none is running."""
        return self._current.progress

    @property
    def key(self) -> str:
        """What tells the retraining from all others."""
        return self._current.key

    @property
    def is_running(self) -> bool:
        """Whether a retraining is running that was started here."""
        return self._current.is_running

    @property
    def is_remote(self) -> bool:
        """Whether a watcher carries it out, so that it outlives this process."""
        return self._remote.is_running

    @property
    def stopping(self) -> bool:
        """Whether it has been asked to stop."""
        return self._current.stopping

    @property
    def unseen_since(self) -> int | None:
        """Its start in seconds since 1970, if it goes on although its watcher is gone."""
        return self._remote.unseen_since

    async def check(self) -> None:
        """Do nothing if a retraining could be started.

        Raises:
            NobodyRetrainsError: TensorFlow is not installed here, and no watcher is there.
            StorageError: the database cannot be read.
        """
        if not self._can_train() and not await self._remote.is_watched():
            raise NobodyRetrainsError(self._watch_command)

    async def start(self, started_by: int | None = None) -> bool:
        """Start a retraining.

        Args:
            started_by: user id of the admin; None if nobody asked for it.

        Returns:
            False if one is running already.

        Raises:
            NobodyRetrainsError: see `check`.
            StorageError: the database cannot be used.
        """
        if self.is_running:
            return False
        if await self._remote.is_watched():
            return await self._remote.start(started_by)
        await self.check()
        return await self._process.start(started_by)

    async def stop(self) -> bool:
        """Ask it to stop; return whether one is running.

        Raises:
            StorageError: it was not asked.
        """
        if self.is_remote:
            return await self._remote.stop()
        return self._process.stop()

    def stop_own(self) -> None:
        """Ask the one that runs here to stop; one that a watcher carries out goes on."""
        self._process.stop()

    async def wait_for_change(self) -> None:
        """Wait until its progress or state changes; for one waiter only."""
        waiting = [
            asyncio.create_task(one.wait_for_change()) for one in (self._process, self._remote)
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    def take_exit(self) -> RetrainExit | None:
        """Return how the last one ended, once; None if none has ended since the last call."""
        return self._process.take_exit() or self._remote.take_exit()

    async def was_reported(self) -> bool:
        """Return whether another bot has told of the end that was taken last.

        Raises:
            StorageError: the database cannot be read.
        """
        return await self._remote.was_reported()

    async def forget_exit(self) -> None:
        """Make room for the next request, once the admins were told of the end.

        Raises:
            StorageError: the last request stays.
        """
        await self._remote.forget_exit()

    @property
    def _current(self) -> RetrainProcess | RemoteRetraining:
        return self._remote if self._remote.is_running else self._process


def watch_command(settings: LocalSettings) -> str:
    """Return the command that starts a watcher with the same settings."""
    options = ["--data-dir", str(settings.bot_data_dir.absolute())]
    if settings.env_file.is_file():
        options += ["--env-file", str(settings.env_file.absolute())]
    return shlex.join(["photo-mood", "retrain", "--watch", *options])
