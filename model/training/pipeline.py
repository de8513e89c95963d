"""From labelled faces to a model folder: pre-train, fine-tune, calibrate, measure, pack."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet, stratified_sample
from model.data.folder_layout import NEUTRAL
from model.data.splits import DatasetSplit, happy_and_sad
from model.errors import DatasetError
from model.evaluation.metrics import compute_metrics
from model.network.architecture import NetworkConfig, build_network
from model.network.calibration import fit_sure_threshold, fit_temperature
from model.network.export import check_parity, export_litert
from model.network.manifest import (
    KERAS_FILE,
    LITERT_FILE,
    SHIPPED,
    Manifest,
    read_manifest,
    read_verified,
    sha256,
)
from model.network.preprocessing import Preprocessing
from model.network.verdict import apply_temperature
from model.training.config import TrainingConfig
from model.training.stages import finetune, predict, pretrain, to_network_input

_DATA_FILE = "data.sha256"
_CAUTIOUS_THRESHOLD = 0.9


def train_model(
    name: str, data: DatasetSplit, settings: Preprocessing, recipe: TrainingConfig, out: Path
) -> Manifest:
    """Train on labelled faces and write a model folder.

    Args:
        name: of the data set.
        data: the faces.
        settings: how they were cut.
        recipe: how to train.
        out: gets checkpoints and history, and `model/`, the model folder. A training that was
            interrupted there goes on.

    Returns:
        The manifest of the new model.

    Raises:
        DatasetError: `out` holds a training on other pictures or with another recipe.
        ModelError: the shipped model, which the recipe starts from, cannot be read.
        ModelDamagedError: the LiteRT form does not agree with the Keras form.
    """
    _claim(out, data, recipe)
    shipped = read_manifest(SHIPPED) if recipe.from_shipped else None
    config = NetworkConfig.from_json(shipped.network) if shipped else NetworkConfig()
    network = _learn(data, config, settings, recipe, out)
    temperature, threshold = _calibrate(network, data, settings, shipped)
    evaluation = happy_and_sad(data.evaluation)
    probabilities = apply_temperature(predict(network, evaluation.greys, settings), temperature)
    now = datetime.now(UTC)
    manifest = Manifest(
        version=f"{now:%Y-%m-%d}-{data.digest()[:6]}-{recipe.seed}",
        created=f"{now:%Y-%m-%d}",
        preprocessing=settings,
        temperature=temperature,
        sure_threshold=threshold,
        network=config.as_json(),
        training=asdict(recipe) | ({"started_from": shipped.version} if shipped else {}),
        data={"name": name, "sha256": data.digest(), **data.counts(), "left_out": data.skipped},
        metrics=compute_metrics(probabilities, evaluation.labels, threshold),
    )
    return write_model_folder(network, manifest, evaluation.greys[:200], out / "model")


def _claim(out: Path, data: DatasetSplit, recipe: TrainingConfig) -> None:
    """Make sure that what lies in a folder to resume from belongs to this training.

    After a change of the pictures the split is another, and an old network would be measured on
    faces that it learned from.
    """
    claim = sha256(f"{data.digest()} {recipe}".encode())
    file = out / _DATA_FILE
    if file.exists() and file.read_text(encoding="utf-8").strip() != claim:
        raise DatasetError(
            f"{out} holds a training on other pictures or with other settings. Give another --out, "
            "or remove that folder to start anew."
        )
    out.mkdir(parents=True, exist_ok=True)
    file.write_text(claim + "\n", encoding="utf-8")


def _learn(
    data: DatasetSplit,
    config: NetworkConfig,
    settings: Preprocessing,
    recipe: TrainingConfig,
    out: Path,
) -> keras.Sequential:
    start = _shipped_network() if recipe.from_shipped else None
    if recipe.pretraining.epochs and len(data.names) > 2:
        start = pretrain(
            start,
            data.train,
            data.selection,
            len(data.names),
            config,
            settings,
            recipe,
            out / "pretraining",
        )
    greys, targets = finetuning_set(data.train, data.names, recipe)
    selection = happy_and_sad(data.selection)
    network = finetune(
        start, greys, targets, selection, config, settings, recipe, out / "finetuning"
    )
    # Trained in half precision or not, what is packed computes in 32-bit floats.
    keras.mixed_precision.set_global_policy("float32")
    packed = build_network(config)
    packed.set_weights(network.get_weights())
    return packed


def _shipped_network() -> keras.Sequential:
    read_verified(SHIPPED, KERAS_FILE, read_manifest(SHIPPED))
    return keras.saving.load_model(SHIPPED / KERAS_FILE, compile=False)


def _calibrate(
    network: keras.Sequential, data: DatasetSplit, settings: Preprocessing, shipped: Manifest | None
) -> tuple[float, float]:
    """Temperature and threshold, from the calibration faces."""
    faces = happy_and_sad(data.calibration)
    probabilities = predict(network, faces.greys, settings)
    expected = None if data.is_large else (shipped.temperature if shipped else 1.0)
    temperature = fit_temperature(probabilities, faces.labels, expected)
    threshold = fit_sure_threshold(apply_temperature(probabilities, temperature), faces.labels)
    if not data.is_large:
        # A few dozen faces cannot show that 98 % are right: stay on the safe side.
        threshold = max(threshold, shipped.sure_threshold if shipped else _CAUTIOUS_THRESHOLD)
    return temperature, threshold


def finetuning_set(
    faces: FaceSet, names: tuple[str, ...], recipe: TrainingConfig
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Happy and sad faces with the targets 1 and 0, and some neutral ones with 0.5.

    Args:
        faces: of all expressions.
        names: of the expressions.
        recipe: says how many of the neutral faces.

    Returns:
        (count, size, size) grey levels and (count,) targets.
    """
    targets = np.where(faces.labels == 1, 1.0, 0.0).astype(np.float32)
    chosen = faces.labels <= 1
    if NEUTRAL in names:
        neutral = faces.labels == names.index(NEUTRAL)
        targets[neutral] = 0.5
        chosen |= neutral & stratified_sample(faces.labels, recipe.neutral_share, recipe.seed)
    return faces.greys[chosen], targets[chosen]


def write_model_folder(
    network: keras.Sequential, manifest: Manifest, greys: NDArray[np.uint8], folder: Path
) -> Manifest:
    """Write a model folder: both forms of the network, proved to agree, and the manifest.

    Args:
        network: in 32-bit floats, with one output.
        manifest: without hashes.
        greys: (count, size, size) faces to compare both forms on.
        folder: to write into.

    Returns:
        The manifest with the hashes, as written.

    Raises:
        ModelDamagedError: the two forms do not agree.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.save(folder / KERAS_FILE)
    export_litert(network, folder / LITERT_FILE)
    check_parity(network, folder / LITERT_FILE, to_network_input(greys, manifest.preprocessing))
    hashes = {name: sha256((folder / name).read_bytes()) for name in (KERAS_FILE, LITERT_FILE)}
    fields: dict[str, Any] = {
        name: getattr(manifest, name) for name in manifest.__dataclass_fields__
    }
    packed = Manifest(**{**fields, "hashes": hashes})
    packed.write(folder)
    return packed
