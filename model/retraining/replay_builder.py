"""Builds the replay buffer of a model from the faces that it was trained on."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from model.data.face_set import stratified_sample
from model.data.folder_layout import NEUTRAL
from model.data.splits import DatasetSplit, happy_and_sad, neutral_faces
from model.network.manifest import (
    KERAS_FILE,
    NEITHER_FILE,
    REPLAY_FILE,
    read_manifest,
    read_verified,
    sha256,
)
from model.network.preprocessing import Preprocessing
from model.retraining.replay_buffer import ReplayBuffer, quantize, write_replay
from model.retraining.split_network import SplitNetwork

_MAX_FACES = 6000
_NEUTRAL_SHARE = 0.15  # of the training faces in the buffer, about as in training


def load_network(folder: Path) -> keras.Sequential:
    """Load the Keras form of a model folder.

    Raises:
        ModelNotFoundError: the file is missing.
        ModelDamagedError: the file is not what the manifest says.
    """
    read_verified(folder, KERAS_FILE, read_manifest(folder))
    return keras.saving.load_model(folder / KERAS_FILE, compile=False)


def load_parts(folder: Path) -> SplitNetwork:
    """Load the Keras form of a model folder, with its network for neutral faces if it has one.

    Raises:
        ModelNotFoundError: a file is missing.
        ModelDamagedError: a file is not what the manifest says.
    """
    manifest = read_manifest(folder)
    if manifest.neither is None:
        return SplitNetwork(load_network(folder))
    read_verified(folder, NEITHER_FILE, manifest)
    neither = keras.saving.load_model(folder / NEITHER_FILE, compile=False)
    return SplitNetwork(load_network(folder), neither)


def add_replay(data: DatasetSplit, folder: Path, seed: int) -> tuple[int, int]:
    """Add a replay buffer to a model folder, and its hash to the manifest.

    Args:
        data: the faces that the model was trained on.
        folder: the model folder.
        seed: seed of the choice of faces.

    Returns:
        The number of training faces in the buffer, and its size in bytes.

    Raises:
        ModelError: the folder holds no model that can be used.
    """
    manifest = read_manifest(folder)
    parts = load_parts(folder)
    made = build_replay(parts, data, manifest.preprocessing, seed)
    count = write_replay(made, folder / REPLAY_FILE)
    content = (folder / REPLAY_FILE).read_bytes()
    hashes = manifest.hashes | {REPLAY_FILE: sha256(content)}
    replace(manifest, hashes=hashes).write(folder)
    return count, len(content)


def build_replay(
    parts: SplitNetwork, data: DatasetSplit, settings: Preprocessing, seed: int
) -> ReplayBuffer:
    """Build a replay buffer, with the training faces in random order.

    Args:
        parts: the network.
        data: the faces that it was trained on and measured on.
        settings: preprocessing of the network.
        seed: seed of the choice of faces.
    """
    faces = data.train
    wanted = faces.labels <= 1
    if NEUTRAL in data.names:
        neutral = faces.labels == data.names.index(NEUTRAL)
        share = _NEUTRAL_SHARE / (1 - _NEUTRAL_SHARE) * wanted.sum() / max(1, neutral.sum())
        wanted |= neutral & stratified_sample(faces.labels, min(1.0, float(share)), seed)
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(wanted))[:_MAX_FACES]
    faces, evaluation = faces.subset(chosen), happy_and_sad(data.evaluation)
    neutral_ones = neutral_faces(data)
    targets = np.where(faces.labels > 1, 0.5, faces.labels).astype(np.float32)
    features = parts.features(faces.greys, settings)
    return quantize(
        parts.backbone_hash(),
        parts.channels,
        (features, targets, parts.answers(features).astype(np.float32)),
        (parts.features(evaluation.greys, settings), evaluation.labels),
        None if neutral_ones is None else parts.features(neutral_ones.greys, settings),
    )
