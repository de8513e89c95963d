"""Retraining of a model with a second output for neutral faces, on a small network."""

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from model.data.loading import CropReader
from model.data.splits import DatasetSplit, load_dataset
from model.network.architecture import build_network, flatten_layer
from model.network.manifest import Manifest, NeitherOutput, read_manifest
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.prediction.predictor import Predictor
from model.registry.version import Version, check_version
from model.retraining.promotion_gate import NeutralCheck
from model.retraining.replay_buffer import read_replay
from model.retraining.replay_builder import add_replay, load_parts
from model.retraining.retrain import retrain
from model.retraining.samples import SampleSet
from model.retraining.settings import RetrainResult, RetrainSettings
from model.training.pipeline import write_model_folder
from tests.support.drawn_faces import drawn_face, write_drawn_faces

pytestmark = [pytest.mark.training, pytest.mark.long, pytest.mark.timeout(400)]

SMALL = NetworkConfig(blocks=((4,), (8,), (8,)), dense=8)
NEUTRAL_VALIDATION = 10


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for part, count in (("train", 24), ("validation", NEUTRAL_VALIDATION)):
        write_drawn_faces(folder / part, dict.fromkeys(("happy", "sad", "neutral"), count), count)
    return folder


@pytest.fixture(scope="module")
def parent(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Version:
    keras.utils.set_random_seed(1)
    network = build_network(SMALL)
    features = int(flatten_layer(network).output.shape[1])
    neither = keras.Sequential(
        [
            keras.Input((features,)),
            layers.Dense(4, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    manifest = Manifest(
        "small",
        "2026-11-28",
        Preprocessing(),
        temperature=1.0,
        sure_threshold=0.5,
        network=SMALL.as_json(),
        neither=NeitherOutput(temperature=1.5, threshold=0.4),
    )
    folder = tmp_path_factory.mktemp("parent")
    data = drawn_data(pictures)
    write_model_folder(network, manifest, data.train.greys[:4], folder, neither)
    add_replay(data, folder, seed=1)
    return check_version(folder, shipped=True)


def drawn_data(folder: Path) -> DatasetSplit:
    settings = Preprocessing()
    return load_dataset(folder, CropReader(settings), settings, 1, lambda *_: None)


def corrections() -> SampleSet:
    rng = np.random.default_rng(5)
    labels = np.arange(12) % 2
    crops = np.stack([np.asarray(drawn_face(("sad", "happy")[one], rng)) for one in labels])
    digests = tuple(hashlib.sha256(crop.tobytes()).hexdigest() for crop in crops)
    return SampleSet(crops, labels, tuple(f"user {one % 4}" for one in range(12)), digests)


def neutral_check(result: RetrainResult) -> NeutralCheck | None:
    return next((check for check in result.gate.checks if isinstance(check, NeutralCheck)), None)


def sure_on_neutral(folder: Path, pictures: Path) -> int:
    """Count as the bot would, with the converted network."""
    predictor, data = Predictor(folder), drawn_data(pictures)
    faces = data.validation.subset(data.validation.labels == data.names.index("neutral"))
    verdicts = [predictor.verdict(predictor.probabilities(grey)) for grey in faces.greys]
    return sum(verdict in ("happy", "sad") for verdict in verdicts)


def weights_of_neither(folder: Path) -> list[np.ndarray]:
    neither = load_parts(folder).neither
    assert neither is not None
    return [np.asarray(weights) for weights in neither.get_weights()]


def test_a_retrained_head_leaves_the_second_network_as_it_is(
    parent: Version, pictures: Path, tmp_path: Path
) -> None:
    settings = RetrainSettings("head", None, seed=1, threads=2)
    result = retrain(parent, corrections(), tmp_path, settings, str)
    assert check_version(result.folder, shipped=True).damaged is None
    before, after = read_manifest(parent.folder), read_manifest(result.folder)
    assert (after.neither, after.sure_threshold) == (before.neither, before.sure_threshold)
    for old, new in zip(
        weights_of_neither(parent.folder), weights_of_neither(result.folder), strict=True
    ):
        np.testing.assert_array_equal(old, new)
    face = corrections().crops[0]
    neither = [
        Predictor(folder).probabilities(face).neither for folder in (parent.folder, result.folder)
    ]
    assert neither[0] == pytest.approx(neither[1], abs=1e-6)
    check = neutral_check(result)
    assert check is not None
    # The buffer holds rounded features, so a face near a threshold may differ.
    assert (check.count, check.before, check.after) == (
        NEUTRAL_VALIDATION,
        pytest.approx(sure_on_neutral(parent.folder, pictures), abs=1),
        pytest.approx(sure_on_neutral(result.folder, pictures), abs=1),
    )


def test_if_all_layers_are_trained_the_second_network_is_as_well(
    parent: Version, pictures: Path, tmp_path: Path
) -> None:
    settings = RetrainSettings("full", pictures, seed=1, threads=2)
    result = retrain(parent, corrections(), tmp_path, settings, str)
    assert check_version(result.folder, shipped=True).damaged is None
    assert any(
        (old != new).any()
        for old, new in zip(
            weights_of_neither(parent.folder), weights_of_neither(result.folder), strict=True
        )
    )
    check = neutral_check(result)
    assert check is not None
    assert (check.count, check.after) == (
        NEUTRAL_VALIDATION,
        sure_on_neutral(result.folder, pictures),
    )
    replay = read_replay(result.folder, read_manifest(result.folder))
    assert replay.neutral is not None
    assert len(replay.neutral.levels) == NEUTRAL_VALIDATION
