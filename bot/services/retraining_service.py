"""Starts and stops retraining, and says what there is to retrain on."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.retraining.eta import estimate
from bot.retraining.retraining_lock import is_retraining
from bot.retraining.runner import RetrainingRunner
from bot.storage.correction_keys import CorrectionKey, exists, load_key
from bot.storage.database import Database
from bot.storage.reviews import count_pending
from bot.storage.runs import RESULTS, Run, State, newest
from bot.storage.samples import NewSamples, count_new_samples
from model.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class RetrainingOffer:
    """What a retraining would train on, and how long it would take.

    Attributes:
        new_samples: the samples.
        newest: the newest correction among them; None if no sample is new.
        since: start of the last one, in seconds since 1970; None if there was none.
        estimate_s: seconds that it would take.
        to_review: corrections that do not count yet, because no admin has reviewed them.
    """

    new_samples: NewSamples
    newest: CorrectionKey | None
    since: int | None
    estimate_s: int
    to_review: int


class RetrainingService:
    """Runs at most one retraining at a time.

    Args:
        runner: runs it, here or elsewhere.
        database: holds the corrections and the audit.
        registry: gets the new versions.
        trusted: ids of the users whose corrections count at once, the admins among them.
    """

    def __init__(
        self,
        runner: RetrainingRunner,
        database: Database,
        registry: Registry,
        trusted: Collection[int],
    ) -> None:
        self._runner = runner
        self._database = database
        self._registry = registry
        self._trusted = frozenset(trusted)

    @property
    def is_running(self) -> bool:
        """Whether a retraining runs that this bot has started or requested."""
        return self._runner.is_running

    async def is_running_elsewhere(self) -> bool:
        """Return whether a retraining runs that this bot has not started.

        Raises:
            StorageError: the database cannot be read.
        """
        return not self.is_running and await is_retraining(self._database, self._registry)

    async def running(self) -> Run | None:
        """Return the one that is running, if it is stored yet.

        Raises:
            StorageError: the database cannot be read.
        """
        return await newest(self._database, State.RUNNING)

    async def offer(self) -> RetrainingOffer:
        """Count the samples that are new since the last retraining.

        Raises:
            StorageError: the database cannot be read.
        """
        new_samples = await count_new_samples(self._database, self._trusted)
        last = await newest(self._database, *RESULTS)
        same_mode = await newest(self._database, *RESULTS, mode="head")
        since = last.started_at if last else None
        async with self._database.reading() as connection:
            newest_correction = await load_key(connection, new_samples.newest_correction)
        estimate_s = round(sum(estimate(new_samples.total, same_mode).values()))
        to_review = await count_pending(self._database, self._trusted)
        return RetrainingOffer(new_samples, newest_correction, since, estimate_s, to_review)

    async def may_learn_from(self, correction: CorrectionKey) -> bool:
        """Return whether a correction is still stored for which a retraining was offered.

        Raises:
            StorageError: the database cannot be read.
        """
        async with self._database.reading() as connection:
            return await exists(connection, correction)

    async def check(self) -> None:
        """Do nothing if a retraining could be started.

        Raises:
            NobodyRetrainsError: TensorFlow is not installed here, and no watcher is there.
            StorageError: the database cannot be read.
        """
        await self._runner.check()

    async def start(self, admin: int | None) -> bool:
        """Start a retraining.

        Args:
            admin: user id of the admin who asked for it; None if nobody did.

        Returns:
            False if one is running already.

        Raises:
            NobodyRetrainsError: TensorFlow is not installed here, and no watcher is there.
            StorageError: the database cannot be used.
        """
        return await self._runner.start(admin)

    def stop_own(self) -> None:
        """Ask the one that runs beside this bot to stop, since the bot ends; others go on."""
        self._runner.stop_own()

    async def stop(self, key: str) -> bool:
        """Stop a retraining.

        Args:
            key: the key of the one to stop.

        Returns:
            False if it is not running.

        Raises:
            StorageError: the database cannot be used.
        """
        return key == self._runner.key and await self._runner.stop()
