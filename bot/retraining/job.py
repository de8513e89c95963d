"""One retraining, from what people said to a new version of the model in the registry.

It is run by `scripts.retrain`, never by the bot itself. The learning is done in a thread, which
changes nothing but a folder of drafts; so it may be left at any moment, and the process with it.
All that lasts is done here, in single steps: note the result, add the version, let it serve.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any

from bot.errors import RetrainingStoppedError, RetrainingTimeoutError, StorageError
from bot.retraining.crash_recovery import recover_runs
from bot.retraining.daemon_thread import run_in_daemon_thread
from bot.retraining.error_messages import describe_error
from bot.retraining.eta import EtaEstimator, estimate
from bot.retraining.progress_reporter import ProgressThrottle
from bot.storage import runs
from bot.storage.database import Database
from bot.storage.retry import retry_while_locked
from bot.storage.runs import RESULTS, State
from bot.storage.samples import Sample, find_samples
from bot.storage.training_samples import count_samples, load
from model.errors import ActiveVersionChangedError
from model.messages import N_, Reason
from model.network.manifest import read_manifest
from model.registry import atomic_files
from model.registry.registry import Registry
from model.registry.version import Version
from model.retraining.samples import SampleSet
from model.retraining.settings import Outcome, Progress, RetrainSettings

PLOT_FILE = "result.png"  # in the folder of the version
KEEP = 10  # versions; older ones are removed, unless they could be gone back to
_DRAFTS = ".retraining"  # `Registry.clean_up` removes what begins with a dot

Event = dict[str, Any]
Report = Callable[[Progress], None]
Learn = Callable[[Version, SampleSet, Path, RetrainSettings, Report], Outcome]

logger = logging.getLogger(__name__)


class Exit(IntEnum):
    """How a retraining ended, as the program's exit status."""

    FINISHED = 0  # promoted or kept
    FAILED = 1
    NOTHING_NEW = 3
    ALREADY_RUNNING = 4
    STOPPED = 130  # as shells report it


@dataclass(frozen=True, slots=True)
class JobSettings:
    """What to do.

    Args:
        database: holds what people said, and the audit.
        registry: whose `retrain_lock` the caller holds.
        settings: of the learning.
        trusted: ids of the users whose words count at once, the admins among them.
        started_by: the user who asked for it, if anybody.
        minutes: after which the learning is given up.
    """

    database: Database
    registry: Registry
    settings: RetrainSettings
    trusted: frozenset[int]
    started_by: int | None
    minutes: float


class RetrainingJob:
    """Does a job, once.

    Args:
        job: what to do.
        learn: how, as `model.retraining.retrain.retrain`.
        tell: is called with what happens, in JSON's types.
    """

    def __init__(self, job: JobSettings, learn: Learn, tell: Callable[[Event], None]) -> None:
        self._job = job
        self._learn = learn
        self._tell = tell
        self._drafts = job.registry.retrain_lock.with_name(_DRAFTS)
        self._run: int | None = None
        self._asked_to_stop = False
        self._stoppable: asyncio.Task[Any] | None = None
        self._in_place = False

    def stop(self) -> None:
        """Ask for its end. A result, once there is one, is still put in place."""
        if self._stoppable is not None and not self._asked_to_stop:
            self._stoppable.cancel()
        self._asked_to_stop = True

    async def run(self) -> Exit:
        """Do it.

        Returns:
            How it ended; that was noted and told.
        """
        try:
            return await self._from_first_to_last()
        except RetrainingStoppedError:
            await self._note_end(State.STOPPED)
            self._tell({"event": "stopped", "run": self._run})
            return Exit.STOPPED
        except Exception as error:
            reason = describe_error(error)
            await self._note_end(State.FAILED, reason)
            self._tell({"event": "failed", "run": self._run, "reason": str(reason)})
            return Exit.FAILED
        finally:
            with suppress(OSError):  # the next start removes what is left
                if self._drafts.exists():
                    atomic_files.remove_folder(self._drafts)

    async def _from_first_to_last(self) -> Exit:
        job = self._job
        await retry_while_locked(partial(recover_runs, job.database, job.registry))
        parent = job.registry.active()
        assert parent.manifest is not None  # noqa: S101 - what serves is whole
        with self._may_be_stopped():
            samples = await find_samples(job.database, job.trusted)
            if not any(sample.is_new for sample in samples):
                self._tell({"event": "nothing_new", "run": None})
                return Exit.NOTHING_NEW
        forecast = await self._begin(parent, samples)
        with self._may_be_stopped():
            # Only now: who was erased while that had to wait is not learned from.
            material = await load(job.database, samples, parent.manifest.preprocessing)
            outcome = await self._learned(parent, material, forecast)
        return await self._put_in_place(parent, outcome)

    @contextmanager
    def _may_be_stopped(self) -> Iterator[None]:
        if self._asked_to_stop:
            raise RetrainingStoppedError
        self._stoppable = asyncio.current_task()
        try:
            yield
        except asyncio.CancelledError:
            raise RetrainingStoppedError from None
        finally:
            self._stoppable = None

    async def _begin(self, parent: Version, samples: Sequence[Sample]) -> EtaEstimator:
        job, mode = self._job, self._job.settings.mode
        last = await runs.newest(job.database, *RESULTS, mode=mode)
        guess_s = estimate(len(samples), last)
        counts = count_samples(samples)
        self._run = await retry_while_locked(
            partial(
                runs.begin,
                job.database,
                counts,
                mode=mode,
                parent=parent.name,
                by=job.started_by,
                now=_now(),
            )
        )
        self._tell(
            {
                "event": "started",
                "run": self._run,
                "lessons": counts.samples,
                "new": sum(sample.is_new for sample in samples),
                "happy": counts.happy,
                "sad": counts.sad,
                "users": counts.users,
                "held_out": counts.held_out,
                "estimate_s": guess_s,
            }
        )
        return EtaEstimator(guess_s)

    async def _learned(
        self, parent: Version, material: SampleSet, forecast: EtaEstimator
    ) -> Outcome:
        # Imported late: to find that there is nothing new takes no plot.
        from model.retraining.result_plot import TrainingCurve, save_result_plot

        job, curve = self._job, TrainingCurve()
        loop = asyncio.get_running_loop()
        ticker = ProgressThrottle(self._run, forecast, self._tell)

        def report(progress: Progress) -> None:
            if self._asked_to_stop:
                raise RetrainingStoppedError  # nobody waits for the rest
            curve.add(progress.epoch, progress.loss, progress.accuracy)
            loop.call_soon_threadsafe(ticker.tell, progress)

        def work() -> Outcome:
            self._drafts.mkdir()
            outcome = self._learn(parent, material, self._drafts, job.settings, report)
            save_result_plot(
                outcome.before.as_json(), outcome.after.as_json(), curve, outcome.folder / PLOT_FILE
            )
            return outcome

        try:
            async with asyncio.timeout(60 * job.minutes) as limit:
                return await run_in_daemon_thread(work)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise RetrainingTimeoutError(job.minutes) from error

    async def _put_in_place(self, parent: Version, outcome: Outcome) -> Exit:
        job = self._job
        assert self._run is not None  # noqa: S101 - it has begun
        version = read_manifest(outcome.folder).version
        figures = await self._decide(self._run, version, outcome)
        added = job.registry.add(outcome.folder)
        if outcome.decision == "promote":
            try:
                job.registry.promote(version, expected_active=parent.name)
            except ActiveVersionChangedError as error:
                outcome = _kept_after_all(outcome, parent, error.active)
                figures = await self._decide(self._run, version, outcome)
        self._in_place = True
        state = State.PROMOTED if outcome.decision == "promote" else State.KEPT
        await retry_while_locked(partial(runs.finish, job.database, self._run, state, _now()))
        self._tell(
            {
                **figures,
                "event": "finished",
                "run": self._run,
                "decision": str(state),
                "version": version,
                "parent": parent.name,
                "plot": str(added.folder / PLOT_FILE),
            }
        )
        self._remove_old(version)
        return Exit.FINISHED

    async def _decide(self, run: int, version: str, outcome: Outcome) -> dict[str, Any]:
        """Note what it came to; returns the figures."""
        figures = {
            "decision": outcome.decision,
            "reasons": list(map(str, outcome.reasons)),
            "before": outcome.before.as_json(),
            "after": outcome.after.as_json(),
        }
        await retry_while_locked(
            partial(runs.decide, self._job.database, run, version, outcome.reasons, figures)
        )
        return figures

    def _remove_old(self, newest: str) -> None:
        try:
            self._job.registry.prune(KEEP, {newest})
        except OSError as error:
            logger.warning("Old versions could not be removed: %s", error)

    async def _note_end(self, state: State, *reasons: Reason) -> None:
        # What is in place already is noted at the next start, should it not have been.
        if self._run is None or self._in_place:
            return
        try:
            await retry_while_locked(
                partial(runs.finish, self._job.database, self._run, state, _now(), reasons)
            )
        except StorageError as error:
            logger.error("How the retraining ended is noted at the next start: %s", error)


def _kept_after_all(outcome: Outcome, parent: Version, serving: str) -> Outcome:
    """What an outcome is worth that was not compared with the version that serves now."""
    text = N_(
        "Meanwhile {serving} was put into service instead of {parent}, which this one was "
        "compared with."
    )
    reason = Reason(text, {"serving": serving, "parent": parent.name})
    return replace(outcome, decision="keep", reasons=(*outcome.reasons, reason))


def _now() -> int:
    return round(time.time())
