"""What a network of two moods is fine-tuned to answer."""

import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet, stratified_sample
from model.data.folder_layout import HAPPY, NEUTRAL, SAD
from model.data.votes import EXPRESSIONS
from model.training.config import TrainingConfig


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
