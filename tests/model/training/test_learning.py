from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from model.data.face_set import FaceSet
from model.data.splits import DatasetSplit
from model.data.votes import EXPRESSIONS
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.network.residual import ResidualConvolution
from model.training.config import StageConfig, TrainingConfig
from model.training.learning import learn

pytestmark = [pytest.mark.long, pytest.mark.training, pytest.mark.timeout(400)]

NAMES = ("sad", "happy", "neutral")
SETTINGS = Preprocessing()
LAST_DISTILLATION = 3  # of the stages, from 1
_SHORT = StageConfig(epochs=2, learning_rate=3e-3, label_smoothing=0, best_by_loss=True)
CONFIG = TrainingConfig(
    pretraining=_SHORT,
    distillation=_SHORT,
    generations=2,
    neither=_SHORT,
    batch_size=16,
    network=NetworkConfig(blocks=((4,), (8, 8), (8,)), dense=8, residual=True),
)


def random_faces(count: int) -> FaceSet:
    rng = np.random.default_rng(count)
    labels = np.arange(count) % len(NAMES)
    votes = np.zeros((count, len(EXPRESSIONS)), np.float32)
    for label, name in enumerate(NAMES):
        votes[labels == label, EXPRESSIONS.index(name)] = 10
    return FaceSet(rng.integers(0, 256, (count, 48, 48), np.uint8), labels, votes)


def test_a_network_of_votes_is_trained_in_stages_and_made_plain(tmp_path: Path) -> None:
    data = DatasetSplit(NAMES, random_faces(64), random_faces(24), random_faces(32), None, True, {})
    first = learn(data, CONFIG.network, SETTINGS, CONFIG, tmp_path)
    for stage in ("pretraining", "distillation-1", "distillation-2", "neither"):
        assert (tmp_path / stage / "finished").exists()
    assert not (tmp_path / "finetuning").exists()
    assert isinstance(first.mood, keras.Sequential)
    assert not any(isinstance(layer, ResidualConvolution) for layer in first.mood.layers)
    # The same command again trains nothing, and gives the same networks.
    again = learn(data, CONFIG.network, SETTINGS, CONFIG, tmp_path)
    expected, got = (one.predict(data.validation.greys, SETTINGS) for one in (first, again))
    np.testing.assert_allclose(got.happy, expected.happy, atol=1e-5)
    np.testing.assert_allclose(got.neither, expected.neither, atol=1e-5)
    assert np.ptp(got.neither) > 0


class PowerCutError(Exception):
    pass


class StopAt(keras.callbacks.Callback):
    """Ends the training when the second epoch of a stage begins."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        if epoch == 1:
            raise PowerCutError


# As in a real power cut, Keras' CSV logger is left open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_distillation_that_was_interrupted_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = DatasetSplit(NAMES, random_faces(64), random_faces(24), random_faces(32), None, True, {})
    expected = learn(data, CONFIG.network, SETTINGS, CONFIG, tmp_path / "whole")
    original, stages = keras.Model.fit, 0

    def interrupted_fit(self: keras.Model, *args: Any, **kwargs: Any) -> Any:
        nonlocal stages
        stages += 1
        callbacks = [*kwargs.pop("callbacks"), *([StopAt()] if stages == LAST_DISTILLATION else [])]
        return original(self, *args, callbacks=callbacks, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "fit", interrupted_fit)
        with pytest.raises(PowerCutError):
            learn(data, CONFIG.network, SETTINGS, CONFIG, tmp_path / "cut")
    assert (tmp_path / "cut" / "distillation-1" / "finished").exists()
    assert not (tmp_path / "cut" / "distillation-2" / "finished").exists()
    got = learn(data, CONFIG.network, SETTINGS, CONFIG, tmp_path / "cut")
    for one, other in zip(expected.mood.get_weights(), got.mood.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
