import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from model.data.face_set import FaceSet
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.training.augmentation import Augmentation
from model.training.batches import Batches
from model.training.config import StageConfig, TrainingConfig
from model.training.learning_rate import WarmUpHoldCosine
from model.training.stages import finetune

pytestmark = pytest.mark.training

SETTINGS = Preprocessing()
SMALL = NetworkConfig(blocks=((4,), (8,), (8,)), dense=8)
CONFIG = TrainingConfig(finetuning=StageConfig(epochs=4, learning_rate=1e-2), batch_size=16)


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    """Random pictures that are brighter at the top (happy) or at the bottom (sad)."""
    rng = np.random.default_rng(0)
    labels = np.arange(96) % 2
    greys = rng.integers(0, 120, (96, 48, 48), dtype=np.uint8)
    greys[labels == 1, :24] += 100
    greys[labels == 0, 24:] += 100
    return FaceSet(greys, labels)


Weights = list[np.ndarray]


class PowerCutError(Exception):
    pass


class StopAt(keras.callbacks.Callback):
    def __init__(self, epoch: int) -> None:
        super().__init__()
        self._epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        if epoch == self._epoch:
            raise PowerCutError


def train(faces: FaceSet, folder: Path) -> Weights:
    targets = faces.labels.astype(np.float32)
    network = finetune(None, faces.greys, targets, faces, SMALL, SETTINGS, CONFIG, folder)
    return network.get_weights()


@pytest.fixture(scope="module")
def trained(faces: FaceSet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Weights]:
    """Train once, and return the folder and the weights."""
    folder = tmp_path_factory.mktemp("trained")
    return folder, train(faces, folder)


def history(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def nothing_else(folder: Path) -> None:
    """Leave all as it is: the power failed between two epochs."""


def history_cut(folder: Path) -> None:
    text = (folder / "history.csv").read_text()
    (folder / "history.csv").write_text(text[:-9])


def backup_half_written(folder: Path) -> None:
    backups = folder / "backup"
    newest = max(backups.iterdir(), key=lambda file: file.stat().st_mtime_ns)
    (backups / "draft.weights.h5").write_bytes(newest.read_bytes()[:1000])
    newest.unlink()
    lines = (folder / "history.csv").read_text().splitlines(keepends=True)
    (folder / "history.csv").write_text("".join(lines[:-1]))


# As in a real power cut, Keras' CSV logger is left open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "damage",
    [
        nothing_else,
        pytest.param(history_cut, marks=pytest.mark.long),
        pytest.param(backup_half_written, marks=pytest.mark.long),
    ],
)
def test_a_resumed_training_gives_the_same_weights_as_one_without_interruption(
    faces: FaceSet,
    trained: tuple[Path, Weights],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], None],
) -> None:
    _, expected = trained
    original = keras.Model.fit

    def interrupted_fit(self: keras.Model, *args: Any, **kwargs: Any) -> Any:
        return original(self, *args, **{**kwargs, "callbacks": [*kwargs["callbacks"], StopAt(2)]})

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "fit", interrupted_fit)
        with pytest.raises(PowerCutError):
            train(faces, tmp_path / "cut")
    damage(tmp_path / "cut")
    got = train(faces, tmp_path / "cut")
    assert [row["epoch"] for row in history(tmp_path / "cut")] == ["0", "1", "2", "3"]
    for one, other in zip(expected, got, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.long
def test_a_training_that_makes_the_network_worse_stops_and_returns_the_start(
    faces: FaceSet, tmp_path: Path
) -> None:
    targets = faces.labels.astype(np.float32)
    learning = TrainingConfig(
        finetuning=StageConfig(epochs=4, learning_rate=1e-2, patience=4), batch_size=16
    )
    start = finetune(None, faces.greys, targets, faces, SMALL, SETTINGS, learning, tmp_path / "a")
    worsening = TrainingConfig(
        finetuning=StageConfig(epochs=30, learning_rate=0.1, patience=2), batch_size=16
    )
    # Trained with inverted targets, it can only get worse.
    got = finetune(
        start, faces.greys, 1 - targets, faces, SMALL, SETTINGS, worsening, tmp_path / "b"
    )
    assert len(history(tmp_path / "b")) < 10
    for one, other in zip(start.get_weights(), got.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_tensorboard_log_agrees_with_the_history(trained: tuple[Path, Weights]) -> None:
    folder, _ = trained
    (file,) = (folder / "tensorboard").iterdir()
    events = [
        tf.compat.v1.Event.FromString(record.numpy()) for record in tf.data.TFRecordDataset(file)
    ]
    assert events[0].file_version == "brain.Event:2"
    losses = [
        (event.step, value.simple_value)
        for event in events[1:]
        for value in event.summary.value
        if value.tag == "val_loss"
    ]
    assert [step for step, _ in losses] == [0, 1, 2, 3]
    expected = [float(row["val_loss"]) for row in history(folder)]
    assert [loss for _, loss in losses] == pytest.approx(expected, rel=1e-5)


def test_the_loss_decreases(trained: tuple[Path, Weights]) -> None:
    epochs = history(trained[0])
    assert float(epochs[-1]["loss"]) < float(epochs[0]["loss"])


def test_the_learning_rate_rises_stays_and_falls() -> None:
    schedule = WarmUpHoldCosine(peak=0.5, steps=100, warm_up=0.1, hold=0.4)
    rates = np.array([float(schedule(step)) for step in range(101)])
    assert rates[0] == pytest.approx(0.5 / 25)
    assert (np.diff(rates[:11]) > 0).all()
    assert rates[10:51] == pytest.approx(0.5)
    assert rates[75] == pytest.approx(0.25, rel=0.01)
    assert (np.diff(rates[51:]) < 0).all()
    assert rates[100] == pytest.approx(0.5 * 0.002)


def test_epochs_differ_and_can_be_repeated(faces: FaceSet) -> None:
    targets = faces.labels.astype(np.float32)
    batches = Batches(faces.greys, targets, SETTINGS, Augmentation(), seed=1, batch_size=16)
    first = batches[0]
    batches.on_epoch_end()
    second = batches[0]
    assert np.abs(first[0] - second[0]).max() > 0.1
    batches.start_at(0)
    np.testing.assert_array_equal(batches[0][0], first[0])
    assert len(batches) == 6
    assert first[0].shape == (16, 48, 48, 1)
