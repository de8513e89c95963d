"""One retraining job: from the labels in the database to a new version in the registry.

It runs in the subprocess `scripts.retrain`, never in the bot itself. Training is done in a daemon
thread that writes into a folder of drafts only, so it can be abandoned at any moment, and the
process with it. Everything lasting is done here in single steps: store the result, add the version,
promote it.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.errors import RetrainingStoppedError, RetrainingTimeoutError, StorageError
from bot.i18n import StoredMessage
from bot.replies.gate import gate_reasons
from bot.replies.retraining_errors import active_version_changed, describe_error, is_expected
from bot.retraining.crash_recovery import recover_runs
from bot.retraining.daemon_thread import run_in_daemon_thread
from bot.retraining.eta import EtaEstimator, estimate
from bot.retraining.exit_status import ExitStatus
from bot.retraining.progress_throttle import ProgressThrottle
from bot.storage import runs, training_samples
from bot.storage.database import Database
from bot.storage.retry import retry_while_locked
from bot.storage.runs import RESULTS, State
from bot.storage.samples import Sample, find_samples
from bot.storage.shared_registry import SharedRegistry
from model.errors import ActiveVersionChangedError
from model.network.manifest import read_manifest
from model.registry import atomic_files
from model.registry.registry import Registry
from model.registry.version import Version
from model.retraining.plot_texts import PlotTexts
from model.retraining.progress import Progress
from model.retraining.samples import SampleSet
from model.retraining.settings import PLOT_FILE, RetrainResult, RetrainSettings

DECISION_FILE = "decision.json"  # in the folder of the version
MAX_VERSIONS = 10  # older ones are removed, unless a rollback may need them
_DRAFTS = ".retraining"  # `Registry.clean_up` removes what begins with a dot

Event = dict[str, Any]
Report = Callable[[Progress], None]
RetrainFunction = Callable[[Version, SampleSet, Path, RetrainSettings, Report], RetrainResult]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobSettings:
    """What to retrain, and with what.

    Attributes:
        database: holds the labels and the audit.
        registry: the caller holds its `retrain_lock`.
        training: settings of the training.
        trusted: ids of the users whose corrections count at once, the admins among them.
        started_by: user id of the admin who asked for it, if anybody did.
        minutes: time limit of the training.
    """

    database: Database
    registry: Registry
    training: RetrainSettings
    trusted: frozenset[int]
    started_by: int | None
    minutes: float


@dataclass(frozen=True, slots=True)
class _Decision:
    """Whether the new version is promoted, and why, with the course of its training."""

    result: RetrainResult
    curve: list[tuple[int, float, float]]  # see `TrainingCurve.to_json`
    promote: bool
    reasons: tuple[StoredMessage, ...]

    def to_json(self) -> Event:
        return {
            "decision": "promote" if self.promote else "keep",
            "reasons": list(map(str, self.reasons)),
            "before": self.result.before,
            "after": self.result.after,
            "curve": self.curve,
        }


class RetrainingJob:
    """Runs one retraining.

    Args:
        settings: what to retrain.
        retrain: trains, as `model.retraining.retrain.retrain`.
        emit: called with each event, in JSON's types.
    """

    def __init__(
        self, settings: JobSettings, retrain: RetrainFunction, emit: Callable[[Event], None]
    ) -> None:
        self._settings = settings
        self._database = settings.database
        self._registry = settings.registry
        self._versions = SharedRegistry(settings.database, settings.registry)
        self._retrain = retrain
        self._emit = emit
        self._drafts = settings.registry.retrain_lock.with_name(_DRAFTS)
        self._run: int | None = None  # id in the table `runs`
        self._stop_requested = False
        self._stoppable: asyncio.Task[Any] | None = None
        self._in_registry = False

    def stop(self) -> None:
        """Ask the job to stop; a result that is there already still goes into the registry."""
        if self._stoppable is not None and not self._stop_requested:
            self._stoppable.cancel()
        self._stop_requested = True

    async def run(self) -> ExitStatus:
        """Run the job; how it ended is stored and emitted."""
        try:
            return await self._run_to_end()
        except RetrainingStoppedError:
            await self._store_end(State.STOPPED)
            self._emit({"event": "stopped", "run": self._run})
            return ExitStatus.STOPPED
        except Exception as error:
            if not is_expected(error):
                logger.exception("The retraining failed")
            reason = describe_error(error)
            await self._store_end(State.FAILED, reason)
            self._emit({"event": "failed", "run": self._run, "reason": str(reason)})
            return ExitStatus.FAILED
        finally:
            with suppress(OSError):  # the next start removes what is left
                if self._drafts.exists():
                    atomic_files.remove_folder(self._drafts)

    async def _run_to_end(self) -> ExitStatus:
        await retry_while_locked(partial(recover_runs, self._database, self._registry))
        await retry_while_locked(self._versions.start)
        parent = self._registry.active()
        with self._stoppable_here():
            found = await find_samples(self._database, self._settings.trusted)
            if not any(sample.is_new for sample in found):
                self._emit({"event": "nothing_new", "run": None})
                return ExitStatus.NOTHING_NEW
        last = await runs.newest(self._database, *RESULTS, mode=self._settings.training.mode)
        eta = EtaEstimator(estimate(len(found), last))
        run = self._run = await self._begin(parent, found, eta)
        with self._stoppable_here():
            # Loaded only now, so that samples of users erased meanwhile are left out.
            preprocessing = read_manifest(parent.folder).preprocessing
            samples = await training_samples.load(self._database, found, preprocessing)
            decision = await self._train(parent, samples, ProgressThrottle(run, eta, self._emit))
        await self._finish(run, parent, decision)
        return ExitStatus.FINISHED

    @contextmanager
    def _stoppable_here(self) -> Iterator[None]:
        if self._stop_requested:
            raise RetrainingStoppedError
        self._stoppable = asyncio.current_task()
        try:
            yield
        except asyncio.CancelledError:
            raise RetrainingStoppedError from None
        finally:
            self._stoppable = None

    async def _begin(self, parent: Version, samples: Sequence[Sample], eta: EtaEstimator) -> int:
        counts = training_samples.count_samples(samples)
        run = await retry_while_locked(
            partial(
                runs.begin,
                self._database,
                counts,
                mode=self._settings.training.mode,
                parent=parent.name,
                by=self._settings.started_by,
                now=_now(),
            )
        )
        self._emit(
            {
                "event": "started",
                "run": run,
                "lessons": counts.samples,
                "new": sum(sample.is_new for sample in samples),
                "happy": counts.happy,
                "sad": counts.sad,
                "users": counts.users,
                "held_out": counts.held_out,
                "estimate_s": eta.estimate_s,
            }
        )
        return run

    async def _train(
        self, parent: Version, samples: SampleSet, throttle: ProgressThrottle
    ) -> _Decision:
        # Imported late: finding that there is nothing new takes no plot.
        from model.retraining.result_plot import TrainingCurve, draw_result

        curve, loop = TrainingCurve(), asyncio.get_running_loop()

        def report(progress: Progress) -> None:
            if self._stop_requested:
                raise RetrainingStoppedError  # nobody waits for the rest
            curve.add(progress)
            loop.call_soon_threadsafe(throttle.report, progress)

        def train() -> _Decision:
            self._drafts.mkdir()
            result = self._retrain(parent, samples, self._drafts, self._settings.training, report)
            plot = draw_result(result.before, result.after, curve, PlotTexts())
            (result.folder / PLOT_FILE).write_bytes(plot)
            decision = _Decision(
                result, curve.to_json(), result.gate.passed, gate_reasons(result.gate)
            )
            _write_decision(decision)
            return decision

        minutes = self._settings.minutes
        try:
            async with asyncio.timeout(60 * minutes) as limit:
                return await run_in_daemon_thread(train)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise RetrainingTimeoutError(minutes) from error

    async def _finish(self, run: int, parent: Version, decision: _Decision) -> None:
        """Store the decision, add the version to the registry, and promote it if it passed."""
        folder = decision.result.folder
        version = read_manifest(folder).version
        await self._store_decision(run, version, decision)
        added = await retry_while_locked(partial(self._versions.add, folder))
        if decision.promote:
            try:
                await retry_while_locked(partial(self._versions.promote, version, parent.name))
            except ActiveVersionChangedError as error:
                changed = active_version_changed(error.active, parent.name)
                reasons = (*decision.reasons, changed)
                decision = replace(decision, promote=False, reasons=reasons)
                await self._store_decision(run, version, decision)
        self._in_registry = True
        state = State.PROMOTED if decision.promote else State.KEPT
        await retry_while_locked(partial(runs.finish, self._database, run, state, _now()))
        self._emit(
            {
                **decision.to_json(),
                "event": "finished",
                "run": run,
                "decision": str(state),
                "version": version,
                "parent": parent.name,
                "plot": str(added.folder / PLOT_FILE),
            }
        )
        await self._remove_old_versions(version)

    async def _store_decision(self, run: int, version: str, decision: _Decision) -> None:
        figures, reasons = decision.to_json(), decision.reasons
        await retry_while_locked(
            partial(runs.decide, self._database, run, version, reasons, figures)
        )

    async def _remove_old_versions(self, newest: str) -> None:
        try:
            await self._versions.prune(MAX_VERSIONS, {newest})
        except (StorageError, OSError) as error:
            logger.warning("Old versions could not be removed: %s", error)

    async def _store_end(self, state: State, *reasons: StoredMessage) -> None:
        # If the version is in the registry, crash recovery stores the end at the next start.
        if self._run is None or self._in_registry:
            return
        try:
            await retry_while_locked(
                partial(runs.finish, self._database, self._run, state, _now(), reasons)
            )
        except StorageError as error:
            logger.error("The end of the retraining is stored at the next start: %s", error)


def _write_decision(decision: _Decision) -> None:
    text = json.dumps(decision.to_json(), indent=2, ensure_ascii=False)
    (decision.result.folder / DECISION_FILE).write_text(text + "\n", encoding="utf-8")


def _now() -> int:
    return round(time.time())
