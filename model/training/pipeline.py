"""Train a model: pre-train, fine-tune, calibrate, measure, and write a model folder."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from model.data.splits import DatasetSplit, happy_and_sad
from model.errors import DatasetError
from model.evaluation.evaluation_set import evaluation_set_of
from model.evaluation.metrics import compute_metrics
from model.network.export import check_parity, export_litert, join_networks
from model.network.manifest import (
    KERAS_FILE,
    LITERT_FILE,
    NEITHER_FILE,
    SHIPPED,
    Manifest,
    read_manifest,
    sha256,
)
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.training.calibration import calibrate
from model.training.config import TrainingConfig
from model.training.learning import learn
from model.training.network_input import to_network_input

_DATA_FILE = "data.sha256"  # identifies the data and hyperparameters of a training


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
    networks = learn(data, network_config, settings, config, out)
    calibration = calibrate(networks, data, settings, shipped)
    evaluation = happy_and_sad(data.evaluation)
    answers = calibration.apply(networks.predict(evaluation.greys, settings))
    now = datetime.now(UTC)
    manifest = Manifest(
        version=f"{now:%Y-%m-%d}-{data.digest()[:6]}-{config.seed}",
        created=f"{now:%Y-%m-%d}",
        preprocessing=settings,
        temperature=calibration.temperature,
        sure_threshold=calibration.sure_threshold,
        neither=calibration.neither,
        network=network_config.plain().as_json(),
        training=asdict(config) | ({"started_from": shipped.version} if shipped else {}),
        data={
            "name": name,
            "sha256": data.digest(),
            **data.counts(),
            "left_out": data.skipped,
            **evaluation_set_of(name, data).as_data(),
        },
        metrics=compute_metrics(
            answers.happy,
            evaluation.labels,
            calibration.sure_threshold,
            calibration.is_neutral(answers),
        ),
    )
    return write_model_folder(
        networks.mood, manifest, evaluation.greys[:200], out / "model", networks.neither
    )


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
