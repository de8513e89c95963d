"""The stages of a training: pre-training on all expressions, then fine-tuning to happy and sad."""

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet
from model.network.architecture import build_network, copy_backbone
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.training.batches import Batches
from model.training.config import TrainingConfig
from model.training.expressions import Targets
from model.training.fit import fit
from model.training.network_input import to_network_input


def pretrain(
    start: keras.Sequential | None,
    faces: tuple[NDArray[np.uint8], Targets],
    validation: tuple[NDArray[np.uint8], Targets],
    network_config: NetworkConfig,
    settings: Preprocessing,
    config: TrainingConfig,
    folder: Path,
) -> keras.Sequential:
    """Train a classifier of all expressions: its features are better than those from two labels.

    Args:
        start: network whose backbone to start from, or None for random weights.
        faces: training faces and their targets; see `expression_targets`.
        validation: faces that the best weights are chosen on, and their targets.
        network_config: shape of the network.
        settings: the preprocessing.
        config: the hyperparameters.
        folder: folder for weights, history and the state to resume from.

    Returns:
        The network with the best weights; its head has one output for each expression.
    """
    keras.utils.set_random_seed(config.seed)
    greys, targets = faces
    network = build_network(network_config, outputs=targets.shape[1], fused=True)
    if start is not None:
        copy_backbone(start, network)
    stage = config.pretraining
    batches = Batches(greys, targets, settings, config.variation, config.seed, config.batch_size)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=stage.label_smoothing)
    held_out = (to_network_input(validation[0], settings), validation[1])
    return fit(network, batches, held_out, loss, "categorical_accuracy", stage, folder)


def finetune(
    start: keras.Sequential | None,
    greys: NDArray[np.uint8],
    targets: NDArray[np.float32],
    validation: FaceSet,
    network_config: NetworkConfig,
    settings: Preprocessing,
    config: TrainingConfig,
    folder: Path,
) -> keras.Sequential:
    """Train a network that returns the probability of happy.

    Args:
        start: network whose backbone to start from, and whose head as well if it has the same
            output; None for random weights.
        greys: (count, size, size), grey levels 0 to 255.
        targets: (count,) probability of happy of each face; 0.5 if it is neither happy nor sad.
        validation: faces that the best weights are chosen on; label 1 is happy, 0 is sad.
        network_config: shape of the network.
        settings: the preprocessing.
        config: the hyperparameters.
        folder: folder for weights, history and the state to resume from.

    Returns:
        The network with the best weights.
    """
    keras.utils.set_random_seed(config.seed)
    network = build_network(network_config, fused=True)
    if start is not None and start.output_shape == network.output_shape:
        network.set_weights(start.get_weights())
    elif start is not None:
        copy_backbone(start, network)
    stage = config.finetuning
    batches = Batches(greys, targets, settings, config.variation, config.seed, config.batch_size)
    loss = keras.losses.BinaryCrossentropy(label_smoothing=stage.label_smoothing)
    held_out = (to_network_input(validation.greys, settings), validation.labels.astype(np.float32))
    return fit(network, batches, held_out, loss, "binary_accuracy", stage, folder)


def predict(
    network: keras.Sequential, greys: NDArray[np.uint8], settings: Preprocessing
) -> NDArray[np.float64]:
    """Return the probability of happy of each crop, (count,), 0 to 1.

    Args:
        network: a network with one output.
        greys: (count, size, size), grey levels 0 to 255.
        settings: the preprocessing.
    """
    output = network.predict(to_network_input(greys, settings), batch_size=256, verbose=0)
    return np.asarray(output, np.float64)[:, 0]
