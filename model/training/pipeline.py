"""Train a model: pre-train, fine-tune, calibrate, measure, and write a model folder."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet, stratified_sample
from model.data.folder_layout import HAPPY, NEUTRAL, SAD
from model.data.splits import DatasetSplit, happy_and_sad
from model.data.votes import EXPRESSIONS
from model.errors import DatasetError
from model.evaluation.evaluation_set import evaluation_set_of
from model.evaluation.metrics import compute_metrics
from model.network.architecture import build_network
from model.network.calibration import fit_sure_threshold, fit_temperature
from model.network.export import check_parity, export_litert, join_networks
from model.network.manifest import (
    KERAS_FILE,
    LITERT_FILE,
    NEITHER_FILE,
    SHIPPED,
    Manifest,
    read_manifest,
    read_verified,
    sha256,
)
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.network.residual import copy_as_plain
from model.network.verdict import apply_temperature
from model.training.config import TrainingConfig
from model.training.expressions import expression_targets, happy_or_sad
from model.training.stages import finetune, predict, pretrain, to_network_input

_DATA_FILE = "data.sha256"  # identifies the data and hyperparameters of a training
_CAUTIOUS_THRESHOLD = 0.9
_SAMPLE = 256  # faces to take statistics of


def train_model(
    name: str, data: DatasetSplit, settings: Preprocessing, config: TrainingConfig, out: Path
) -> Manifest:
    """Train on labelled faces and write a model folder.

    Args:
        name: name of the data set.
        data: the faces.
        settings: the preprocessing of the faces.
        config: the hyperparameters.
        out: folder for checkpoints, history and `model/`, the model folder. An interrupted
            training there is resumed.

    Returns:
        The manifest of the new model.

    Raises:
        DatasetError: `out` holds a training on other pictures or with other hyperparameters.
        ModelError: the shipped model, which the training starts from, cannot be read.
        ModelDamagedError: the LiteRT model does not agree with the Keras model.
    """
    _check_resumable(out, data, config)
    shipped = read_manifest(SHIPPED) if config.from_shipped else None
    network_config = NetworkConfig.from_json(shipped.network) if shipped else config.network
    network = _learn(data, network_config, settings, config, out)
    temperature, threshold = _calibrate(network, data, settings, shipped)
    evaluation = happy_and_sad(data.evaluation)
    probabilities = apply_temperature(predict(network, evaluation.greys, settings), temperature)
    now = datetime.now(UTC)
    manifest = Manifest(
        version=f"{now:%Y-%m-%d}-{data.digest()[:6]}-{config.seed}",
        created=f"{now:%Y-%m-%d}",
        preprocessing=settings,
        temperature=temperature,
        sure_threshold=threshold,
        network=network_config.plain().as_json(),
        training=asdict(config) | ({"started_from": shipped.version} if shipped else {}),
        data={
            "name": name,
            "sha256": data.digest(),
            **data.counts(),
            "left_out": data.skipped,
            **evaluation_set_of(name, data).as_data(),
        },
        metrics=compute_metrics(probabilities, evaluation.labels, threshold),
    )
    return write_model_folder(network, manifest, evaluation.greys[:200], out / "model")


def _check_resumable(out: Path, data: DatasetSplit, config: TrainingConfig) -> None:
    """Make sure that a training in the folder used the same data and hyperparameters.

    With other pictures the split differs, and the network would be measured on faces that it was
    trained on.
    """
    identity = sha256(f"{data.digest()} {json.dumps(asdict(config))}".encode())
    file = out / _DATA_FILE
    if file.exists() and file.read_text(encoding="utf-8").strip() != identity:
        raise DatasetError(
            f"{out} holds a training on other pictures or with other settings. Give another --out, "
            "or remove that folder to start again."
        )
    out.mkdir(parents=True, exist_ok=True)
    file.write_text(identity + "\n", encoding="utf-8")


def _learn(
    data: DatasetSplit,
    network_config: NetworkConfig,
    settings: Preprocessing,
    config: TrainingConfig,
    out: Path,
) -> keras.Sequential:
    network = _trained(data, network_config, settings, config, out)
    # Even after a training in half precision, the model uses 32-bit floats.
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    exact, result = build_network(network_config), build_network(network_config.plain())
    keras.config.set_dtype_policy(policy)
    exact.set_weights(network.get_weights())
    chosen = np.random.default_rng(config.seed).permutation(len(data.train))[:_SAMPLE]
    copy_as_plain(exact, result, to_network_input(data.train.greys[chosen], settings))
    return result


def _trained(
    data: DatasetSplit,
    network_config: NetworkConfig,
    settings: Preprocessing,
    config: TrainingConfig,
    out: Path,
) -> keras.Sequential:
    start = _shipped_network() if config.from_shipped else None
    has_votes = data.train.votes is not None
    if config.pretraining.epochs and (has_votes or len(data.names) > 2):
        start = pretrain(
            start,
            expression_targets(data.train, data.names),
            expression_targets(data.selection, data.names),
            network_config,
            settings,
            config,
            out / "pretraining",
        )
        if has_votes:
            return happy_or_sad(start, network_config)
    greys, targets = finetuning_set(data.train, data.names, config)
    selection = happy_and_sad(data.selection)
    return finetune(
        start, greys, targets, selection, network_config, settings, config, out / "finetuning"
    )


def _shipped_network() -> keras.Sequential:
    read_verified(SHIPPED, KERAS_FILE, read_manifest(SHIPPED))
    return keras.saving.load_model(SHIPPED / KERAS_FILE, compile=False)


def _calibrate(
    network: keras.Sequential, data: DatasetSplit, settings: Preprocessing, shipped: Manifest | None
) -> tuple[float, float]:
    """Fit temperature and threshold on the calibration faces."""
    faces = happy_and_sad(data.calibration)
    probabilities = predict(network, faces.greys, settings)
    expected = None if data.is_large else (shipped.temperature if shipped else 1.0)
    temperature = fit_temperature(probabilities, faces.labels, expected)
    threshold = fit_sure_threshold(apply_temperature(probabilities, temperature), faces.labels)
    if not data.is_large:
        # A few dozen faces cannot show that 99 % of the sure answers are correct.
        threshold = max(threshold, shipped.sure_threshold if shipped else _CAUTIOUS_THRESHOLD)
    return temperature, threshold


def finetuning_mask(
    faces: FaceSet, names: tuple[str, ...], config: TrainingConfig
) -> NDArray[np.bool_]:
    """Return which faces, (count,), are in `finetuning_set`."""
    chosen = faces.labels <= 1
    if NEUTRAL in names:
        neutral = faces.labels == names.index(NEUTRAL)
        chosen |= neutral & stratified_sample(faces.labels, config.neutral_share, config.seed)
    return np.asarray(chosen)


def finetuning_set(
    faces: FaceSet, names: tuple[str, ...], config: TrainingConfig
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return happy and sad faces with the targets 1 and 0, and some neutral ones with 0.5.

    Args:
        faces: faces of all expressions.
        names: the names of the expressions.
        config: the share of the neutral faces, and the seed of their choice.

    Returns:
        (count, size, size) grey levels and (count,) targets. Of a face that several people
        labelled, it is the share of their votes for happy; the others' votes count half.
    """
    targets = np.where(faces.labels == 1, 1.0, 0.0).astype(np.float32)
    if NEUTRAL in names:
        targets[faces.labels == names.index(NEUTRAL)] = 0.5
    if faces.votes is not None:
        count = faces.votes.sum(axis=1)
        happy, sad = (faces.votes[:, EXPRESSIONS.index(mood)] for mood in (HAPPY, SAD))
        # Half of what is neither is (1 - happy - sad) / 2.
        targets = np.where(count > 0, 0.5 + (happy - sad) / np.maximum(count, 1) / 2, targets)
    chosen = finetuning_mask(faces, names, config)
    return faces.greys[chosen], targets[chosen].astype(np.float32)


def write_model_folder(
    network: keras.Sequential,
    manifest: Manifest,
    greys: NDArray[np.uint8],
    folder: Path,
    neither: keras.Sequential | None = None,
) -> Manifest:
    """Write a model folder: the Keras models, the LiteRT model and the manifest.

    Args:
        network: the network, in 32-bit floats and with one output.
        manifest: the manifest without hashes.
        greys: (count, size, size) faces on which the LiteRT model must agree with the others.
        folder: the folder to write to.
        neither: the network from the first one's flattened features to the probability of neither,
            in 32-bit floats; given if and only if `manifest.neither` says how to read it.

    Returns:
        The manifest with the hashes.

    Raises:
        ModelDamagedError: the two models do not agree.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.save(folder / KERAS_FILE)
    if neither is not None:
        neither.save(folder / NEITHER_FILE)
    joined = join_networks(network, neither)
    export_litert(joined, folder / LITERT_FILE)
    check_parity(joined, folder / LITERT_FILE, to_network_input(greys, manifest.preprocessing))
    hashes = {name: sha256((folder / name).read_bytes()) for name in manifest.files}
    hashed = replace(manifest, hashes=hashes)
    hashed.write(folder)
    return hashed
