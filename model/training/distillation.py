"""Self-distillation: a network of all expressions learns from its own, better answers.

The mean of what it says of a face and of its mirror image is more often right, but takes twice the
time. Training it further on that mean and the votes, and on what it says of mixtures of faces,
gives it much of the gain (Hinton et al. 2015, arXiv:1503.02531; Furlanello et al. 2018,
arXiv:1805.04770).
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from model.network.architecture import build_network
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.training.checkpoints import save_weights
from model.training.config import TrainingConfig
from model.training.expressions import Targets
from model.training.fit import fit
from model.training.mixed_batches import MixedBatches
from model.training.network_input import outputs_for, to_network_input

MEAN_FILE = "mean.weights.h5"
_SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # of the trained weights in the mean with those before

logger = logging.getLogger(__name__)

Weights = Sequence[NDArray[np.float32]]


def distil(
    network: keras.Sequential,
    faces: tuple[NDArray[np.uint8], Targets],
    validation: tuple[NDArray[np.uint8], Targets],
    network_config: NetworkConfig,
    settings: Preprocessing,
    config: TrainingConfig,
    generation: int,
    folder: Path,
) -> keras.Sequential:
    """Train a network of all expressions further on the targets and its own answers.

    Args:
        network: the trained network; it is changed.
        faces: training faces and their targets; see `expression_targets`.
        validation: faces that the best weights are chosen on, and their targets.
        network_config: shape of the network.
        settings: the preprocessing.
        config: the hyperparameters.
        generation: number of this distillation, from 1; each has other variations of the faces.
        folder: folder for weights, history and the state to resume from.

    Returns:
        The network. Its weights are a mean of those before and after that holds at least half of
        the latter: the one that answers best (Wortsman et al. 2022, arXiv:2109.01903).
    """
    keras.utils.set_random_seed(config.seed)
    greys, targets = faces
    before = network.get_weights()
    teacher = build_network(network_config, outputs=targets.shape[1])
    teacher.set_weights(before)
    mirrored = greys[:, :, ::-1]
    answers = outputs_for(teacher, greys, settings) + outputs_for(teacher, mirrored, settings)
    stage = config.distillation
    batches = MixedBatches(
        greys,
        ((targets + answers / 2) / 2).astype(np.float32),
        settings,
        config.distillation_variation,
        config.seed + generation,  # other variations than in pre-training
        config.batch_size,
        teacher,
    )
    held_out = (to_network_input(validation[0], settings), validation[1])
    loss = keras.losses.CategoricalCrossentropy()
    network = fit(network, batches, held_out, loss, "categorical_accuracy", stage, folder)
    # Chosen once: another machine may choose another one, and a stage that is resumed goes on from
    # the answers of the first.
    if (folder / MEAN_FILE).exists():
        network.load_weights(folder / MEAN_FILE)
    else:
        share = use_best_mean(network, before, held_out)
        logger.info("%s: the weights are a mean with %.1f of the last", folder.name, share)
        save_weights(network, folder / MEAN_FILE)
    return network


def use_best_mean(
    network: keras.Sequential, before: Weights, held_out: tuple[NDArray[np.float32], Targets]
) -> float:
    """Give a network the mean of its weights and earlier ones that answers best.

    Args:
        network: the network of all expressions.
        before: earlier weights of it.
        held_out: inputs and targets to choose on.

    Returns:
        The share of the network's own weights in the mean, 0.5 to 1.
    """
    after = network.get_weights()

    def use(share: float) -> None:
        pairs = zip(before, after, strict=True)
        network.set_weights([(1 - share) * old + share * new for old, new in pairs])

    def loss(share: float) -> float:
        use(share)
        outputs = network.predict(held_out[0], batch_size=256, verbose=0)
        return float(-(held_out[1] * np.log(np.maximum(outputs, 1e-7))).sum(axis=1).mean())

    best = min(_SHARES, key=loss)
    use(best)
    return best
