"""Self-distillation: a network of all expressions learns from its own, better answers.

The mean of what it says of a face and of its mirror image is more often right, but takes twice the
time. Training it further on that mean and the votes gives it much of the gain (Hinton et al. 2015,
arXiv:1503.02531; Furlanello et al. 2018, arXiv:1805.04770).
"""

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from model.network.preprocessing import Preprocessing
from model.training.batches import Batches
from model.training.config import TrainingConfig
from model.training.expressions import Targets
from model.training.fit import fit
from model.training.network_input import outputs_for, to_network_input


def distil(
    network: keras.Sequential,
    faces: tuple[NDArray[np.uint8], Targets],
    validation: tuple[NDArray[np.uint8], Targets],
    settings: Preprocessing,
    config: TrainingConfig,
    folder: Path,
) -> keras.Sequential:
    """Train a network of all expressions on the mean of its own answers and the targets.

    Args:
        network: the trained network; it is changed.
        faces: training faces and their targets; see `expression_targets`.
        validation: faces that the best weights are chosen on, and their targets.
        settings: the preprocessing.
        config: the hyperparameters.
        folder: folder for weights, history and the state to resume from.

    Returns:
        The network with the best weights.
    """
    keras.utils.set_random_seed(config.seed)
    greys, targets = faces
    mirrored = greys[:, :, ::-1]
    answers = outputs_for(network, greys, settings) + outputs_for(network, mirrored, settings)
    stage = config.distillation
    batches = Batches(
        greys,
        ((targets + answers / 2) / 2).astype(np.float32),
        settings,
        config.variation,
        config.seed + 1,  # other variations than in pre-training
        config.batch_size,
    )
    held_out = (to_network_input(validation[0], settings), validation[1])
    loss = keras.losses.CategoricalCrossentropy()
    return fit(network, batches, held_out, loss, "categorical_accuracy", stage, folder)
