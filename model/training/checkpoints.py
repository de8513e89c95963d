"""What is kept of a stage of training, so that it can be killed at any moment and go on.

history.csv           a line for each epoch, written last: its epoch is complete
best.weights.h5       the averaged weights of the best epoch
backup/N.weights.h5   the weights being trained and the optimizer after N epochs, for the last two N

Weights are written under another name and renamed, so that no file is ever half written.
"""

import csv
from pathlib import Path
from typing import Any

import keras

from model.registry.atomic_files import remove, rename_synced, replace_file

HISTORY_FILE = "history.csv"
BEST_FILE = "best.weights.h5"
_BACKUP_FOLDER = "backup"
_SUFFIX = ".weights.h5"  # Keras insists on it
_DRAFT_FILE = f"draft{_SUFFIX}"


class Backup(keras.callbacks.Callback):  # type: ignore[misc]
    """Saves the weights and the optimizer after each epoch; keeps those of the last two.

    Two, because a training that is killed after a backup and before the line in the history repeats
    that epoch, and needs the state from before it.

    Args:
        folder: folder of the stage.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder / _BACKUP_FOLDER

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        self._folder.mkdir(exist_ok=True)
        save_weights(self.model, _backup_file(self._folder, epoch + 1))
        _backup_file(self._folder, epoch - 1).unlink(missing_ok=True)


class BestWeights(keras.callbacks.Callback):  # type: ignore[misc]
    """Saves the weights of the best epoch.

    Args:
        folder: folder of the stage.
        monitor: the metric to compare, a column of the history.
        mode: "min" if less is better, or "max".
        to_beat: value of the metric that an epoch must exceed to be saved; None: any is better.
    """

    def __init__(self, folder: Path, monitor: str, mode: str, to_beat: float | None) -> None:
        super().__init__()
        self._file = folder / BEST_FILE
        self._monitor = monitor
        self._sign = -1 if mode == "min" else 1
        self._best = to_beat

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        value = (logs or {})[self._monitor]
        if self._best is None or self._sign * value > self._sign * self._best:
            save_weights(self.model, self._file)
            self._best = value


def save_weights(network: keras.Model, file: Path) -> None:
    """Write a network's weights, and its optimizer's if it has one, in one step.

    Args:
        network: the network.
        file: a file whose name ends with `.weights.h5`.
    """
    draft = file.with_name(_DRAFT_FILE)
    network.save_weights(draft)
    rename_synced(draft, file)


def restore(network: keras.Model, folder: Path) -> int:
    """Return a network to the last epoch of which everything was written.

    What the history says about later epochs is removed.

    Args:
        network: the compiled network; unchanged if there is no such epoch.
        folder: folder of the stage.

    Returns:
        How many epochs are done.
    """
    lines, rows = _complete_lines(folder / HISTORY_FILE)
    files = (folder / _BACKUP_FOLDER).glob(f"[0-9]*{_SUFFIX}")
    backups = (int(file.name.removesuffix(_SUFFIX)) for file in files)
    done = max((count for count in backups if count <= len(rows)), default=0)
    if done:
        network.optimizer.build(network.trainable_variables)
        network.load_weights(_backup_file(folder / _BACKUP_FOLDER, done))
        replace_file(folder / HISTORY_FILE, "".join(lines[: done + 1]).encode())
    else:
        (folder / HISTORY_FILE).unlink(missing_ok=True)
    return done


def remove_unfinished(folder: Path) -> None:
    """Remove what is needed only while a stage is not finished."""
    remove(folder / _BACKUP_FOLDER)
    (folder / _DRAFT_FILE).unlink(missing_ok=True)  # of a training that was killed


def read_column(folder: Path, metric: str) -> list[float]:
    """Return a column of the history, an entry for each complete epoch."""
    return [float(row[metric]) for row in _complete_lines(folder / HISTORY_FILE)[1]]


def _complete_lines(history: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return the heading and the lines of the history up to the first that is cut, and as rows."""
    if not history.exists():
        return [], []
    with history.open(encoding="utf-8", newline="") as stream:
        lines = [line for line in stream if line.endswith("\n")]
    return lines, list(csv.DictReader(lines))


def _backup_file(folder: Path, epochs: int) -> Path:
    return folder / f"{epochs}{_SUFFIX}"
