from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from model.data.face_set import FaceSet
from model.data.votes import EXPRESSIONS
from model.network.architecture import build_network, flatten_layer
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.training.config import StageConfig, TrainingConfig
from model.training.learning import Networks
from model.training.neither import build_neither, train_neither

pytestmark = pytest.mark.training

NAMES = ("sad", "happy", "neutral")
SETTINGS = Preprocessing()
SMALL = NetworkConfig(blocks=((4,), (8,), (8,)), dense=16)
CONFIG = TrainingConfig(
    neither=StageConfig(epochs=8, learning_rate=3e-3, label_smoothing=0), batch_size=16
)


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    """Random pictures that are brighter at the top (happy), at the bottom (sad), or nowhere."""
    rng = np.random.default_rng(0)
    labels = np.arange(96) % 3
    greys = rng.integers(0, 120, (96, 48, 48), dtype=np.uint8)
    greys[labels == 1, :24] += 100
    greys[labels == 0, 24:] += 100
    votes = np.zeros((96, len(EXPRESSIONS)), np.float32)
    for label, name in enumerate(NAMES):
        votes[labels == label, EXPRESSIONS.index(name)] = 9
    return FaceSet(greys, labels, votes)


@pytest.fixture(scope="module")
def networks() -> tuple[keras.Sequential, keras.Sequential]:
    """An untrained network of two moods, and one that finds all expressions equally likely."""
    keras.utils.set_random_seed(1)
    expressions = build_network(SMALL, outputs=len(EXPRESSIONS))
    head = expressions.layers[-1]
    head.set_weights([np.zeros_like(weights) for weights in head.get_weights()])
    return build_network(SMALL), expressions


Train = Callable[[Path], keras.Sequential]


@pytest.fixture(scope="module")
def train(networks: tuple[keras.Sequential, keras.Sequential], faces: FaceSet) -> Train:
    return lambda folder: train_neither(*networks, (faces, faces), NAMES, SETTINGS, CONFIG, folder)


def test_the_hidden_layer_starts_as_a_copy(
    networks: tuple[keras.Sequential, keras.Sequential],
) -> None:
    mood, _ = networks
    features = np.random.default_rng(1).random((4, 6 * 6 * 8)).astype(np.float32)
    after = mood.layers[mood.layers.index(flatten_layer(mood)) + 1 : -1]
    expected = keras.Sequential([keras.Input(features.shape[1:]), *after])(features)
    hidden = build_neither(mood).layers[1](features)
    np.testing.assert_allclose(hidden, expected, atol=1e-5)


@pytest.mark.long
def test_it_learns_what_is_neither_and_leaves_the_first_network_as_it_is(
    networks: tuple[keras.Sequential, keras.Sequential],
    train: Train,
    faces: FaceSet,
    tmp_path: Path,
) -> None:
    mood, _ = networks
    before = mood.get_weights()
    neither = train(tmp_path)
    for one, other in zip(before, mood.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert all(layer.trainable for layer in mood.layers)
    answers = Networks(mood, neither).predict(faces.greys, SETTINGS).neither
    assert answers[faces.labels == 2].mean() > answers[faces.labels < 2].mean() + 0.05


class PowerCutError(Exception):
    pass


# As in a real power cut, Keras' CSV logger is left open.
@pytest.mark.long
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupted_training_goes_on_with_the_same_weights(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = train(tmp_path / "whole").get_weights()
    original = keras.Model.fit

    def cut_power(epoch: int, _: Any) -> None:
        if epoch == 5:
            raise PowerCutError

    def interrupted_fit(self: keras.Model, *args: Any, **kwargs: Any) -> Any:
        cut = keras.callbacks.LambdaCallback(on_epoch_begin=cut_power)
        return original(self, *args, **{**kwargs, "callbacks": [*kwargs["callbacks"], cut]})

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "fit", interrupted_fit)
        with pytest.raises(PowerCutError):
            train(tmp_path / "cut")
    for one, other in zip(expected, train(tmp_path / "cut").get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
