import csv
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from model.data.face_set import FaceSet
from model.errors import ModelDamagedError
from model.network.architecture import NetworkConfig, build_network
from model.network.export import check_parity, export_litert
from model.network.preprocessing import Preprocessing
from model.training.augmentation import Augmentation
from model.training.batches import Batches
from model.training.config import StageConfig, TrainingConfig
from model.training.stages import finetune, to_network_input

pytestmark = pytest.mark.training

SETTINGS = Preprocessing()
SMALL = NetworkConfig(blocks=((4,), (8,), (8,)), dense=8)
RECIPE = TrainingConfig(finetuning=StageConfig(epochs=4, learning_rate=1e-2), batch_size=16)


@pytest.fixture
def faces() -> FaceSet:
    """Bright above is happy, bright below is sad."""
    rng = np.random.default_rng(0)
    labels = np.arange(96) % 2
    greys = rng.integers(0, 120, (96, 48, 48), dtype=np.uint8)
    greys[labels == 1, :24] += 100
    greys[labels == 0, 24:] += 100
    return FaceSet(greys, labels)


class PowerCutError(Exception):
    """The power went."""


class StopAt(keras.callbacks.Callback):
    def __init__(self, epoch: int) -> None:
        super().__init__()
        self._epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        if epoch == self._epoch:
            raise PowerCutError


def train(faces: FaceSet, folder: Path) -> list[np.ndarray]:
    targets = faces.labels.astype(np.float32)
    network = finetune(None, faces.greys, targets, faces, SMALL, SETTINGS, RECIPE, folder)
    return network.get_weights()


def history(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


# A power cut closes no files; Keras' CSV logger is left open here as it would be there.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(
    faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = train(faces, tmp_path / "whole")
    original = keras.Model.fit

    def interrupted_fit(self: keras.Model, *args: Any, **kwargs: Any) -> Any:
        return original(self, *args, **{**kwargs, "callbacks": [*kwargs["callbacks"], StopAt(2)]})

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "fit", interrupted_fit)
        with pytest.raises(PowerCutError):
            train(faces, tmp_path / "cut")
    got = train(faces, tmp_path / "cut")
    assert [row["epoch"] for row in history(tmp_path / "cut")] == ["0", "1", "2", "3"]
    for one, other in zip(expected, got, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_a_network_that_gets_worse_is_stopped_and_its_start_kept(
    faces: FaceSet, tmp_path: Path
) -> None:
    targets = faces.labels.astype(np.float32)
    learning = TrainingConfig(
        finetuning=StageConfig(epochs=4, learning_rate=1e-2, patience=4), batch_size=16
    )
    start = finetune(None, faces.greys, targets, faces, SMALL, SETTINGS, learning, tmp_path / "a")
    recipe = TrainingConfig(
        finetuning=StageConfig(epochs=30, learning_rate=0.1, patience=2), batch_size=16
    )
    # Taught the opposite, it can only get worse.
    got = finetune(start, faces.greys, 1 - targets, faces, SMALL, SETTINGS, recipe, tmp_path / "b")
    assert len(history(tmp_path / "b")) < 10
    for one, other in zip(start.get_weights(), got.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_tensorboard_log_holds_what_the_history_holds(faces: FaceSet, tmp_path: Path) -> None:
    train(faces, tmp_path)
    (file,) = (tmp_path / "tensorboard").iterdir()
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
    expected = [float(row["val_loss"]) for row in history(tmp_path)]
    assert [loss for _, loss in losses] == pytest.approx(expected, rel=1e-5)


def test_it_learns(faces: FaceSet, tmp_path: Path) -> None:
    train(faces, tmp_path)
    assert float(history(tmp_path)[-1]["loss"]) < float(history(tmp_path)[0]["loss"])


def test_each_epoch_has_its_own_order_and_any_epoch_can_be_repeated(faces: FaceSet) -> None:
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


def test_both_forms_of_a_network_agree_and_a_foreign_one_is_refused(
    faces: FaceSet, tmp_path: Path
) -> None:
    network, other = build_network(SMALL), build_network(SMALL)
    inputs = to_network_input(faces.greys[:10], SETTINGS)
    export_litert(network, tmp_path / "mood.tflite")
    check_parity(network, tmp_path / "mood.tflite", inputs)
    with pytest.raises(ModelDamagedError, match="differs from the Keras network"):
        check_parity(other, tmp_path / "mood.tflite", inputs)


def test_the_network_has_the_shape_it_is_asked_for() -> None:
    network = build_network(NetworkConfig())
    assert network.output_shape == (None, 1)
    assert network.count_params() < 3_000_000
    assert build_network(SMALL, outputs=6).output_shape == (None, 6)
