"""`scripts.retrain` as a process, with a fake training and with faults that a test controls.

    python -m tests.support.retraining_process FOLDER [--keep] [--wait] [--breaks] [OPTION ...]

FOLDER is the bot's data folder. The fake training makes a small folder that the registry takes for
a model; with --wait it reports progress for ever, with --breaks it fails, with --keep the result
does not pass the gate.
"""

import argparse
import errno
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.retraining import job  # noqa: F401 - loaded before it is needed, so that each process starts fast
from model.registry.version import Version
from model.retraining import result_plot  # noqa: F401 - so is this
from model.retraining.paired_predictions import GateMetrics
from model.retraining.progress import Progress
from model.retraining.promotion_gate import CalibrationCheck, CorrectionsCheck, GateResult
from model.retraining.samples import SampleSet
from model.retraining.settings import RetrainResult, RetrainSettings
from scripts.retrain import main
from tests.support.model_versions import model_folder

ADMIN = 7123456791
BEFORE = {"accuracy": 0.5, "low": 0.4, "high": 0.6, "ece": 0.1, "n": 40}
AFTER = {"accuracy": 0.9, "low": 0.8, "high": 1.0, "ece": 0.1, "n": 40}


class FakeRetrain:
    """Stands in for `model.retraining.retrain.retrain`: reports progress, but trains nothing.

    Args:
        passes: whether the result passes the gate.
        wait: report progress for ever.
        breaks: fail with an unexpected error.
    """

    def __init__(self, *, passes: bool = True, wait: bool = False, breaks: bool = False) -> None:
        self._passes = passes
        self._wait = wait
        self._breaks = breaks

    def __call__(
        self,
        _parent: Version,
        samples: SampleSet,
        out: Path,
        _: RetrainSettings,
        report: Callable[[Progress], None],
    ) -> RetrainResult:
        report(Progress("features", len(samples.labels), len(samples.labels)))
        print("a library has something to say")
        for epoch in itertools.count(1) if self._wait else range(1, 4):
            report(Progress("training", epoch, 3, epoch, 3, 1 / epoch, 0.9))
            time.sleep(0.01)
        if self._breaks:
            raise ZeroDivisionError
        report(Progress("gate", 1, 1))
        passed = CorrectionsCheck(
            True, 10, 5, 9, held_out=True, corrected=5, spoiled=1, share_gained=0.4
        )
        failed = CorrectionsCheck(False, 10, 5, 5, held_out=True)
        checks = (
            passed if self._passes else failed,
            CalibrationCheck(True, 0.1, 0.1),
        )
        folder = model_folder(out, f"learned-{time.time_ns()}")
        return RetrainResult(GateResult(checks), folder, _metrics(BEFORE), _metrics(AFTER))


def _metrics(measured: dict[str, float]) -> GateMetrics:
    metrics = {**measured, "confusion": [[20, 2], [3, 15]]}
    return {"base validation": metrics, "corrections": metrics}


Fault = Callable[[str], None]  # called with what is about to change


class FaultInjector:
    """Counts changes of files, and calls a fault before one and every later one.

    Counted are files opened for writing in a folder, names made, changed or removed there, and
    transactions committed to the database.

    Args:
        folder: the folder that is watched.
        number: number of the first change with the fault, from 1.
        fault: what happens before it.
    """

    def __init__(self, folder: Path, number: int, fault: Fault) -> None:
        self.count = 0
        self._folder = str(folder)
        self._number = number
        self._fault = fault

    def install(self) -> None:
        """Start counting; it cannot be stopped before the process ends."""
        sys.addaudithook(self._on_audit_event)
        event.listen(Engine, "commit", lambda _: self._on_change("commit"))

    def _on_audit_event(self, name: str, values: tuple[object, ...]) -> None:
        changes = name in ("os.mkdir", "os.rename", "os.remove", "os.rmdir")
        if name == "open":
            changes = isinstance(values[2], int) and bool(values[2] & (os.O_WRONLY | os.O_RDWR))
        if changes and str(values[0]).startswith(self._folder):
            self._on_change(name)

    def _on_change(self, name: str) -> None:
        self.count += 1
        if self.count >= self._number:
            self._fault(name)


def kill_process(_: str) -> None:
    """Do as `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


def fill_disk(change: str) -> None:
    """Fail as the system does when the disk is full; removing something needs no room."""
    if change in ("open", "os.mkdir", "commit"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def retrain_with_fault(fault: Fault, number: int, folder: Path) -> None:
    """Retrain in this process, which a test has made for it.

    The output goes to `output.txt`, the number of changes to `changes.txt`.
    """
    with (folder / "output.txt").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    injector = FaultInjector(folder / "models", number, fault)
    injector.install()
    status = _retrain(folder, FakeRetrain(), ["--json"])
    (folder / "changes.txt").write_text(str(injector.count))
    os._exit(status)


def _retrain(folder: Path, train: FakeRetrain, options: list[str]) -> int:
    os.chdir(folder)  # where no `.env` of the developer is
    os.environ.update(BOT_ADMINS=str(ADMIN), BOT_DATABASE_URL="")
    return main(["--data", str(folder), *options], train)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("--breaks", action="store_true")
    chosen, others = parser.parse_known_args()
    fake = FakeRetrain(passes=not chosen.keep, wait=chosen.wait, breaks=chosen.breaks)
    status = _retrain(chosen.folder, fake, others)
    sys.stderr.flush()
    os._exit(status)
