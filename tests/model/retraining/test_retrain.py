"""Retraining on drawn faces, whose sad ones the shipped model mostly takes for happy."""

import hashlib
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from model.errors import DatasetError, ModelDamagedError, ModelNotFoundError, TooFewSamplesError
from model.evaluation.evaluation_set import is_comparable
from model.network.manifest import REPLAY_FILE, SHIPPED, read_manifest, sha256
from model.prediction.predictor import Predictor
from model.registry.version import Version, check_version
from model.retraining.head_learner import HeadLearner
from model.retraining.progress import STAGES, Progress
from model.retraining.promotion_gate import ValidationCheck
from model.retraining.replay_buffer import read_replay, write_replay
from model.retraining.replay_builder import load_network
from model.retraining.retrain import retrain
from model.retraining.samples import SampleSet, is_held_out
from model.retraining.settings import RetrainResult, RetrainSettings
from model.retraining.split_network import SplitNetwork
from model.training.pipeline import write_model_folder
from tests.support.drawn_faces import drawn_face, write_drawn_faces
from tests.support.model_versions import copy_of_shipped

pytestmark = [pytest.mark.training, pytest.mark.timeout(400)]

SETTINGS = RetrainSettings("head", None, seed=1, threads=2)


def drawn(happy: int, sad: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.array([1] * happy + [0] * sad)
    return np.stack([np.asarray(drawn_face(("sad", "happy")[one], rng)) for one in labels]), labels


def samples_on(happy: int, sad: int, seed: int = 0) -> SampleSet:
    """Return an admin's labels of drawn faces."""
    crops, labels = drawn(happy, sad, seed)
    digests = tuple(hashlib.sha256(crop.tobytes()).hexdigest() for crop in crops)
    return SampleSet(crops, labels, ("admin",) * len(labels), digests)


@pytest.fixture(scope="module")
def parent() -> Version:
    return check_version(SHIPPED, shipped=True)


@pytest.fixture(scope="module")
def retrained(
    parent: Version, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RetrainResult, list[Progress]]:
    reports: list[Progress] = []
    out = tmp_path_factory.mktemp("retrained")
    return retrain(parent, samples_on(16, 24), out, SETTINGS, reports.append), reports


@pytest.mark.long
def test_forty_corrections_of_one_admin_make_a_better_model(
    retrained: tuple[RetrainResult, list[Progress]],
) -> None:
    result, _ = retrained
    assert result.gate.passed, result.gate
    crops, labels = drawn(60, 60, seed=9)
    wrong = {
        folder: sum(
            (predictor.probability_happy(crop) >= 0.5) != (label == 1)
            for crop, label in zip(crops, labels, strict=True)
        )
        for folder, predictor in (
            (folder, Predictor(folder)) for folder in (SHIPPED, result.folder)
        )
    }
    assert wrong[SHIPPED] >= 20  # or there is too little to learn
    assert wrong[result.folder] <= wrong[SHIPPED] / 3


@pytest.mark.long
def test_the_accuracy_on_validation_faces_is_kept(
    retrained: tuple[RetrainResult, list[Progress]],
) -> None:
    result, _ = retrained
    before, after = (one["base validation"] for one in (result.before, result.after))
    assert before["n"] == after["n"] == sum(map(sum, after["confusion"]))
    assert after["accuracy"] >= before["accuracy"] - 0.005


@pytest.mark.long
def test_the_new_version_is_intact_and_names_its_parent(
    retrained: tuple[RetrainResult, list[Progress]], parent: Version
) -> None:
    result, _ = retrained
    assert check_version(result.folder, shipped=True).damaged is None
    manifest = read_manifest(result.folder)
    assert manifest.parent == parent.name
    assert manifest.data["lessons"] == 40
    assert manifest.data["happy"] == 16
    assert manifest.data["users"] == 1
    assert is_comparable(manifest, read_manifest(parent.folder))
    assert manifest.training == {"mode": "head", "seed": 1, "epochs": manifest.training["epochs"]}
    assert (result.folder / REPLAY_FILE).read_bytes() == (SHIPPED / REPLAY_FILE).read_bytes()
    assert result.after["corrections"]["n"] == 40


@pytest.mark.long
def test_the_metrics_are_not_measured_on_what_the_version_was_calibrated_on(
    retrained: tuple[RetrainResult, list[Progress]],
) -> None:
    result, _ = retrained
    metrics = read_manifest(result.folder).metrics
    at_the_gate = result.after["base validation"]
    assert metrics["ece"] == pytest.approx(at_the_gate["ece"])
    assert metrics["accuracy"] == pytest.approx(at_the_gate["accuracy"])
    low, high = metrics["intervals"]["accuracy"]
    assert low < metrics["accuracy"] < high


@pytest.mark.long
def test_progress_is_reported_stage_by_stage(
    retrained: tuple[RetrainResult, list[Progress]],
) -> None:
    _, reports = retrained
    assert tuple(dict.fromkeys(report.stage for report in reports)) == STAGES
    start, *epochs = [one for one in reports if one.stage == "training"]
    assert (start.done, start.epoch) == (0, None)
    assert [one.done for one in epochs] == list(range(1, epochs[0].total + 1))
    trainings = epochs[0].total // epochs[0].epochs  # for cross-validation, and the last one
    assert [one.epoch for one in epochs] == [*range(1, epochs[0].epochs + 1)] * trainings
    assert all(one.loss > 0 and 0 <= one.accuracy <= 1 for one in epochs)
    assert epochs[-1].accuracy > epochs[0].accuracy


@pytest.mark.long
def test_a_retrained_version_can_be_retrained(
    retrained: tuple[RetrainResult, list[Progress]], tmp_path: Path
) -> None:
    first, _ = retrained
    samples = samples_on(20, 30)
    second = retrain(check_version(first.folder, shipped=True), samples, tmp_path, SETTINGS, str)
    assert read_manifest(second.folder).parent == read_manifest(first.folder).version


@pytest.mark.long
def test_the_same_samples_lead_to_the_same_model(
    retrained: tuple[RetrainResult, list[Progress]], parent: Version, tmp_path: Path
) -> None:
    first, _ = retrained
    again = retrain(parent, samples_on(16, 24), tmp_path, SETTINGS, str)
    assert again.gate.passed == first.gate.passed
    crops, _ = drawn(20, 20, seed=9)
    probabilities = [
        [Predictor(folder).probability_happy(crop) for crop in crops]
        for folder in (first.folder, again.folder)
    ]
    # Not the same to the last bit: several threads add up in any order.
    assert probabilities[0] == pytest.approx(probabilities[1], abs=0.02)


@pytest.mark.long
def test_random_labels_do_not_pass_the_gate(parent: Version, tmp_path: Path) -> None:
    crops, labels = drawn(30, 30, seed=3)
    said = np.random.default_rng(0).permutation(labels)
    digests = tuple(hashlib.sha256(crop.tobytes()).hexdigest() for crop in crops)
    users = tuple(str(number % 6) for number in range(60))
    result = retrain(parent, SampleSet(crops, said, users, digests), tmp_path, SETTINGS, str)
    assert not result.gate.passed
    assert result.gate.decisive_checks


@pytest.mark.long
def test_with_pictures_all_layers_are_trained(tmp_path: Path) -> None:
    parent = check_version(copy_of_shipped(tmp_path, "of-another-name"))
    for part, count in (("train", 24), ("validation", 12)):
        write_drawn_faces(tmp_path / "pictures" / part, {"happy": count, "sad": count}, seed=count)
    settings = RetrainSettings("full", tmp_path / "pictures", seed=1, threads=2)
    result = retrain(parent, samples_on(8, 32), tmp_path / "out", settings, str)
    assert not is_comparable(read_manifest(result.folder), read_manifest(SHIPPED))
    replay = read_replay(result.folder, read_manifest(result.folder))
    parts = SplitNetwork(load_network(result.folder))
    assert replay.backbone == parts.backbone_hash()
    assert replay.backbone != read_replay(SHIPPED, read_manifest(SHIPPED)).backbone
    assert len(replay.labels) == result.after["base validation"]["n"] == 24
    before, after = (one["corrections"] for one in (result.before, result.after))
    assert after["accuracy"] > before["accuracy"]


def with_shuffled_layers(place: Path) -> Version:
    """Return a version with shuffled dense layers and the shipped model's convolutions."""
    network = load_network(SHIPPED)
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dense):
            weights, *bias = layer.get_weights()
            layer.set_weights([rng.permutation(weights), *bias])
    folder = copy_of_shipped(place, "shuffled")
    crops, _ = drawn(4, 4, seed=0)
    manifest = read_manifest(folder)
    packed = write_model_folder(network, manifest, crops, folder)
    replace(packed, hashes=manifest.hashes | packed.hashes).write(folder)
    return check_version(folder)


@pytest.mark.long
def test_a_version_that_beats_its_parent_but_not_the_shipped_model_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = with_shuffled_layers(tmp_path)
    monkeypatch.setattr(HeadLearner, "epochs", 1)  # too few to become as good as that one
    result = retrain(parent, samples_on(30, 10), tmp_path / "out", SETTINGS, str)
    before, after = result.before, result.after
    assert all(after[name]["accuracy"] > before[name]["accuracy"] for name in before)
    assert not result.gate.passed
    assert any(
        isinstance(check, ValidationCheck) and check.since_shipped
        for check in result.gate.decisive_checks
    )


def test_pictures_go_with_mode_full_only(parent: Version, tmp_path: Path) -> None:
    for settings in (
        RetrainSettings("full", None, seed=1, threads=2),
        RetrainSettings("head", tmp_path, seed=1, threads=2),
    ):
        with pytest.raises(DatasetError, match="Expected a folder of pictures for mode full"):
            retrain(parent, samples_on(5, 5), tmp_path / "out", settings, str)


def test_a_replay_buffer_of_another_network_is_refused(tmp_path: Path) -> None:
    folder = copy_of_shipped(tmp_path, "mixed-up")
    manifest = read_manifest(folder)
    foreign = replace(read_replay(folder, manifest), backbone="00")
    write_replay(foreign, folder / REPLAY_FILE)
    content = (folder / REPLAY_FILE).read_bytes()
    replace(manifest, hashes=manifest.hashes | {REPLAY_FILE: sha256(content)}).write(folder)
    with pytest.raises(ModelDamagedError, match="made for another network"):
        retrain(check_version(folder), samples_on(5, 5), tmp_path / "out", SETTINGS, str)


def test_samples_that_are_all_held_out_are_refused(parent: Version, tmp_path: Path) -> None:
    samples = samples_on(10, 10)
    held_out = samples.subset(np.array([is_held_out(digest) for digest in samples.digests]))
    with pytest.raises(TooFewSamplesError):
        retrain(parent, held_out, tmp_path, SETTINGS, str)
    with pytest.raises(TooFewSamplesError):
        retrain(parent, samples.subset(np.zeros(20, bool)), tmp_path, SETTINGS, str)


def trainable_samples(count: int) -> SampleSet:
    """Return the first few samples that are not held out."""
    samples = samples_on(10, 10)
    return samples.subset(np.flatnonzero(~samples.held_out)[:count])


def test_a_single_correction_is_too_few_to_train_on_and_to_measure_with(
    parent: Version, tmp_path: Path
) -> None:
    with pytest.raises(TooFewSamplesError, match="got 1 in all"):
        retrain(parent, trainable_samples(1), tmp_path, SETTINGS, str)


def test_copies_of_a_picture_are_counted_once_and_the_refusal_says_so(
    parent: Version, tmp_path: Path
) -> None:
    alike = trainable_samples(1).subset(np.zeros(7, np.intp))
    with pytest.raises(TooFewSamplesError, match=r"got 1 in all, from 7 of which some are alike"):
        retrain(parent, alike, tmp_path, SETTINGS, str)


@pytest.mark.long
def test_two_corrections_are_enough(parent: Version, tmp_path: Path) -> None:
    result = retrain(parent, trainable_samples(2), tmp_path, SETTINGS, str)
    assert result.after["corrections"]["n"] == 2


def test_a_parent_without_replay_buffer_is_refused(tmp_path: Path) -> None:
    hashes = read_manifest(SHIPPED).hashes
    bare = {name: value for name, value in hashes.items() if name != REPLAY_FILE}
    parent = check_version(copy_of_shipped(tmp_path, "bare", hashes=bare))
    with pytest.raises(ModelNotFoundError, match=r"scripts\.build_replay"):
        retrain(parent, samples_on(5, 5), tmp_path / "out", SETTINGS, str)
