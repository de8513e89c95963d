"""Batches for distillation, with faces that do not exist: mixtures of two.

Nobody has voted on these, so their targets are a teacher's answers to the same mixtures. They tell
the network more of what the teacher does than its answers to the training faces, most of which the
network has learned already (Zhang et al. 2018, arXiv:1710.09412; Beyer et al. 2022,
arXiv:2106.05237).
"""

import keras
import numpy as np
from numpy.typing import NDArray

from model.network.preprocessing import Preprocessing
from model.training.augmentation import Augmentation
from model.training.batches import Batches

_MIXED = 0.4  # share of each batch
_EVENNESS = 0.7  # of the beta distribution of the two faces' shares; 1: all are equally likely


class MixedBatches(Batches):
    """Shuffled and augmented batches, of which a part are mixtures.

    Args:
        greys: (count, size, size), grey levels 0 to 255.
        targets: (count, classes) probabilities.
        settings: the preprocessing.
        variation: the strength of the augmentation.
        seed: seed of shuffling, augmentation and mixing.
        batch_size: faces in a batch.
        teacher: the network that answers to the mixtures and their mirror images; the targets are
            the mean of both answers.
    """

    def __init__(
        self,
        greys: NDArray[np.uint8],
        targets: NDArray[np.float32],
        settings: Preprocessing,
        variation: Augmentation,
        seed: int,
        batch_size: int,
        teacher: keras.Model,
    ) -> None:
        super().__init__(greys, targets, settings, variation, seed, batch_size)
        self._teacher = teacher

    def _prepared(
        self,
        greys: NDArray[np.float32],
        targets: NDArray[np.float32],
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        count = round(len(greys) * _MIXED)
        share = rng.beta(_EVENNESS, _EVENNESS, (count, 1, 1)).astype(np.float32)
        others = np.roll(greys, 1, axis=0)[:count]
        mixed = share * greys[:count] + (1 - share) * others
        inputs, _ = super()._prepared(np.concatenate([mixed, greys[count:]]), targets, rng)
        answers = mirrored_answers(self._teacher, inputs[:count])
        return inputs, np.concatenate([answers, targets[count:]])


def mirrored_answers(network: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of a network's answers to faces and to their mirror images.

    Args:
        network: a network with one output tensor.
        inputs: (count, size, size, 1), the network's input; few enough for one batch.

    Returns:
        (count, outputs).
    """
    both = np.concatenate([inputs, inputs[:, :, ::-1]])
    answers = np.asarray(network(both, training=False), np.float32)
    return np.asarray((answers[: len(inputs)] + answers[len(inputs) :]) / 2)
