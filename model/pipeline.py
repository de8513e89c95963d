"""From folders of face crops to a model folder: load, pre-train, fine-tune, measure, pack."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model.calibration import fit_temperature, sure_threshold, with_temperature
from model.dataset import Faces, load_crops, split_off
from model.evaluation import measure
from model.export import check_parity, export_litert
from model.manifest import KERAS_FILE, LITERT_FILE, Manifest, sha256
from model.network import NetworkConfig, build_network
from model.preprocess import Preprocessing
from model.training import Recipe, as_input, finetune, predict, pretrain

SAD, HAPPY, NEUTRAL = "sad", "happy", "neutral"
_CALIBRATION_SHARE = 0.1  # of the training faces, held out to fit temperature and threshold


def train_model(folder: Path, out: Path, recipe: Recipe) -> Manifest:
    """Train on a folder of face crops and write a model folder.

    Args:
        folder: holds train/ and validation/, each with a folder a label.
        out: gets checkpoints and history, and `model/`, the model folder.
        recipe: how to train.

    Returns:
        The manifest of the new model.

    Raises:
        DatasetError: a folder is missing or holds what is no picture.
        ModelDamagedError: the LiteRT form does not agree with the Keras form.
    """
    settings, config = Preprocessing(), NetworkConfig()
    names = expressions(folder / "train")
    faces = load_crops(folder / "train", names, settings)
    validation = load_crops(folder / "validation", names, settings)
    held_out = split_off(faces.labels, _CALIBRATION_SHARE, recipe.seed)
    learned, calibration = faces.subset(~held_out), moods(faces.subset(held_out))
    network = _learn(learned, validation, names, config, settings, recipe, out)
    temperature = fit_temperature(predict(network, calibration.greys, settings), calibration.labels)
    calibrated = with_temperature(predict(network, calibration.greys, settings), temperature)
    threshold = sure_threshold(calibrated, calibration.labels)
    judged = moods(validation)
    probabilities = with_temperature(predict(network, judged.greys, settings), temperature)
    metrics = measure(probabilities, judged.labels, threshold)
    manifest = Manifest(
        version=f"{datetime.now(UTC):%Y-%m-%d}-{recipe.seed}",
        created=f"{datetime.now(UTC):%Y-%m-%d}",
        preprocessing=settings,
        temperature=temperature,
        sure_threshold=threshold,
        network=config.as_json(),
        training=asdict(recipe),
        data={
            "name": folder.resolve().name,
            "train": _counts(learned, names),
            "calibration": _counts(calibration, names),
            "validation": _counts(validation, names),
        },
        metrics=metrics,
    )
    return pack(network, manifest, judged.greys[:200], out / "model")


def expressions(folder: Path) -> list[str]:
    """The labels of a folder: sad, happy, then all others by name.

    Args:
        folder: with a folder a label; names that start with _ or . are no labels.

    Returns:
        The names; a face's label is the position of its name.
    """
    folders = [one.name for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []
    others = sorted(name for name in folders if name[0] not in "_." and name not in (SAD, HAPPY))
    return [SAD, HAPPY, *others]


def moods(faces: Faces) -> Faces:
    """The happy and the sad faces; label 1 is happy, 0 is sad."""
    return faces.subset(faces.labels <= 1)


def _learn(
    faces: Faces,
    validation: Faces,
    names: list[str],
    config: NetworkConfig,
    settings: Preprocessing,
    recipe: Recipe,
    out: Path,
) -> keras.Sequential:
    pretrained = None
    if recipe.pretraining.epochs and len(names) > 2:
        pretrained = pretrain(
            faces, validation, len(names), config, settings, recipe, out / "pretraining"
        )
    greys, targets = finetuning_set(faces, names, recipe)
    network = finetune(
        pretrained, greys, targets, moods(validation), config, settings, recipe, out / "finetuning"
    )
    # Trained in half precision or not, what is packed computes in 32-bit floats.
    keras.mixed_precision.set_global_policy("float32")
    packed = build_network(config)
    packed.set_weights(network.get_weights())
    return packed


def finetuning_set(
    faces: Faces, names: list[str], recipe: Recipe
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
        chosen |= neutral & split_off(faces.labels, recipe.neutral_share, recipe.seed)
    return faces.greys[chosen], targets[chosen]


def pack(
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
    check_parity(network, folder / LITERT_FILE, as_input(greys, manifest.preprocessing))
    hashes = {name: sha256((folder / name).read_bytes()) for name in (KERAS_FILE, LITERT_FILE)}
    fields: dict[str, Any] = {
        name: getattr(manifest, name) for name in manifest.__dataclass_fields__
    }
    packed = Manifest(**{**fields, "hashes": hashes})
    packed.write(folder)
    return packed


def _counts(faces: Faces, names: list[str]) -> dict[str, int]:
    return {
        name: int((faces.labels == label).sum())
        for label, name in enumerate(names)
        if (faces.labels == label).any()
    }
