"""`scripts.retrain` as a process of its own, with a learning and misfortunes that a test can steer.

    python -m tests.support.retraining_process FOLDER [--keep] [--wait] [--breaks] [OPTION ...]

FOLDER is the bot's data folder. What is learned is a small folder that the registry takes for a
model; with --wait the learning reports for ever, with --breaks it fails, with --keep the result is
not good enough.
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

from bot.retraining import job as learning  # noqa: F401 - loaded before it is needed, so that each process starts fast
from model.messages import Reason
from model.registry.version import Version
from model.retraining import result_plot as result_plots  # noqa: F401 - so is this
from model.retraining.promotion_gate import Figures
from model.retraining.samples import SampleSet
from model.retraining.settings import Outcome, Progress, RetrainSettings
from scripts.retrain import main
from tests.support.model_versions import model_folder

ADMIN = 7123456791
BEFORE = {"accuracy": 0.5, "low": 0.4, "high": 0.6, "ece": 0.1, "n": 40}
AFTER = {"accuracy": 0.9, "low": 0.8, "high": 1.0, "ece": 0.1, "n": 40}


class Learning:
    """Learns nothing, but tells that it does.

    Args:
        decision: that it comes to.
        wait: report for ever.
        breaks: fail with an error that nobody expects.
    """

    def __init__(
        self, decision: str = "promote", *, wait: bool = False, breaks: bool = False
    ) -> None:
        self._decision = decision
        self._wait = wait
        self._breaks = breaks

    def __call__(
        self,
        _parent: Version,
        samples: SampleSet,
        out: Path,
        _: RetrainSettings,
        report: Callable[[Progress], None],
    ) -> Outcome:
        """As `model.retraining.retrain.retrain`."""
        report(Progress("features", len(samples.labels), len(samples.labels)))
        print("a library has something to say")
        for epoch in itertools.count(1) if self._wait else range(1, 4):
            report(Progress("training", epoch, 3, epoch, 3, 1 / epoch, 0.9))
            time.sleep(0.01)
        if self._breaks:
            raise ZeroDivisionError
        report(Progress("gate", 1, 1))
        folder = model_folder(out, f"learned-{time.time_ns()}")
        return Outcome(
            self._decision,
            (
                Reason("The corrections say so, {count} of them.", {"count": "10"}),
                Reason("Nothing else got worse."),
            ),
            folder,
            Figures(_figures(BEFORE)),
            Figures(_figures(AFTER)),
        )


def _figures(measured: dict[str, float]) -> dict[str, object]:
    counts = {**measured, "confusion": [[20, 2], [3, 15]]}
    return {"base validation": counts, "corrections": counts}


Fault = Callable[[str], None]  # given what is about to change


class Changes:
    """Counts changes of files, and lets something happen just before one and every later one.

    Counted are files opened for writing in a folder, names made, changed or removed there, and
    transactions committed to the database.

    Args:
        folder: that is watched.
        number: of the change, from 1.
        misfortune: what happens.
    """

    def __init__(self, folder: Path, number: int, misfortune: Fault) -> None:
        self.count = 0
        self._folder = str(folder)
        self._number = number
        self._misfortune = misfortune

    def watch(self) -> None:
        """Begin; there is no end but that of the process."""
        sys.addaudithook(self._see)
        event.listen(Engine, "commit", lambda _: self._change("commit"))

    def _see(self, name: str, values: tuple[object, ...]) -> None:
        changes = name in ("os.mkdir", "os.rename", "os.remove", "os.rmdir")
        if name == "open":
            changes = isinstance(values[2], int) and bool(values[2] & (os.O_WRONLY | os.O_RDWR))
        if changes and str(values[0]).startswith(self._folder):
            self._change(name)

    def _change(self, name: str) -> None:
        self.count += 1
        if self.count >= self._number:
            self._misfortune(name)


def die(_: str) -> None:
    """What `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def find_the_disk_full(change: str) -> None:
    """What the system says when there is no room left; to remove something needs none."""
    if change in ("open", "os.mkdir", "commit"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def retrain_with(misfortune: Fault, number: int, folder: Path) -> None:
    """Retrain in this process, which a test has made for it.

    What it tells goes to `told.txt`, the number of changes to `changes.txt`.
    """
    with (folder / "told.txt").open("w") as told:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
    changes = Changes(folder / "models", number, misfortune)
    changes.watch()
    status = _retrain(folder, Learning(), ["--json"])
    (folder / "changes.txt").write_text(str(changes.count))
    os._exit(status)


def _retrain(folder: Path, learn: Learning, options: list[str]) -> int:
    os.chdir(folder)  # where no `.env` of the developer is
    os.environ.update(BOT_ADMINS=str(ADMIN), BOT_DATABASE_URL="")
    return main(["--data", str(folder), *options], learn)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("--breaks", action="store_true")
    chosen, others = parser.parse_known_args()
    steered = Learning("keep" if chosen.keep else "promote", wait=chosen.wait, breaks=chosen.breaks)
    status = _retrain(chosen.folder, steered, others)
    sys.stderr.flush()
    os._exit(status)
