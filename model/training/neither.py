"""The network for faces that look neither happy nor sad: a second sigmoid on the same features.

The convolutions stay as they are. Its targets are half the voters' and half what the network of all
expressions says (distillation; Hinton et al. 2015, arXiv:1503.02531), which is less noisy.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from model.data.face_set import FaceSet
from model.data.folder_layout import HAPPY, SAD
from model.data.votes import EXPRESSIONS
from model.network.architecture import flatten_layer
from model.network.preprocessing import Preprocessing
from model.training.batches import Batches
from model.training.config import TrainingConfig
from model.training.expressions import neither_targets
from model.training.fit import fit
from model.training.network_input import outputs_for, to_network_input

_DROPOUT = 0.3


def build_neither(network: keras.Sequential) -> keras.Sequential:
    """Build a network from the flattened features of another one to the probability of neither.

    Args:
        network: the other network. The hidden layer begins as a copy of its hidden layer.
    """
    flatten = network.layers.index(flatten_layer(network))
    dense, normalization = (
        next(layer for layer in network.layers[flatten:] if isinstance(layer, kind))
        for kind in (layers.Dense, layers.BatchNormalization)
    )
    neither = keras.Sequential(
        [
            keras.Input((dense.kernel.shape[0],), name="features"),
            layers.Dropout(_DROPOUT),
            layers.Dense(dense.units, activation="relu"),
            layers.Dropout(_DROPOUT),
            layers.Dense(1, activation="sigmoid", dtype="float32"),
        ],
        name="neither",
    )
    gamma, beta, mean, variance = normalization.get_weights()
    scale = gamma / np.sqrt(variance + normalization.epsilon)
    (kernel,) = dense.get_weights()
    neither.layers[1].set_weights([kernel * scale, beta - mean * scale])
    return neither


def train_neither(
    network: keras.Sequential,
    expressions: keras.Sequential,
    faces: tuple[FaceSet, FaceSet],
    names: tuple[str, ...],
    settings: Preprocessing,
    config: TrainingConfig,
    folder: Path,
) -> keras.Sequential:
    """Train the network for faces that look neither happy nor sad.

    Args:
        network: the network for happy and sad, in 32-bit floats; it is not changed.
        expressions: the network of all `EXPRESSIONS` that it was made of.
        faces: the training faces, and those that the best epoch is chosen on, with their votes.
        names: the label names of their data set.
        settings: the preprocessing.
        config: the hyperparameters.
        folder: folder for weights, history and the state to resume from.

    Returns:
        A network from the flattened features of `network` to the probability of neither.
    """
    keras.utils.set_random_seed(config.seed)
    train, selection = faces
    answers = outputs_for(expressions, train.greys, settings)
    of_moods = answers[:, [EXPRESSIONS.index(HAPPY), EXPRESSIONS.index(SAD)]].sum(axis=1)
    targets = (neither_targets(train, names) + 1 - of_moods) / 2
    stage = config.neither
    batches = Batches(
        train.greys,
        targets.astype(np.float32),
        settings,
        config.variation,
        config.seed,
        config.batch_size,
    )
    held_out = (to_network_input(selection.greys, settings), neither_targets(selection, names))
    neither = build_neither(network)
    end = network.layers.index(flatten_layer(network)) + 1
    backbone = [one for one in network.layers[:end] if not isinstance(one, layers.SpatialDropout2D)]
    for layer in backbone:
        layer.trainable = False
    joined = keras.Sequential(
        [keras.Input(network.input_shape[1:]), *backbone, *neither.layers], name="joined"
    )
    fit(joined, batches, held_out, keras.losses.BinaryCrossentropy(), None, stage, folder)
    for layer in backbone:
        layer.trainable = True
    return neither
