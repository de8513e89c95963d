"""Measure a training on all faces of a small data set (cross-validation; Stone 1974)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.data.face_set import FaceSet
from model.data.splits import DatasetSplit, happy_and_sad
from model.evaluation.comparison import FacePredictions, predict_faces
from model.network.preprocessing import Preprocessing
from model.training.config import TrainingConfig
from model.training.pipeline import train_model


def cross_validate(
    name: str,
    splits: Sequence[DatasetSplit],
    settings: Preprocessing,
    config: TrainingConfig,
    out: Path,
) -> tuple[FacePredictions, FaceSet]:
    """Train once for each split, and predict its validation faces.

    Args:
        name: name of the data set.
        splits: each face is in the validation part of one of them.
        settings: the preprocessing of the faces.
        config: the hyperparameters.
        out: folder for the trainings; an interrupted one there is resumed.

    Returns:
        The predictions for all happy and sad faces, each by a network that was not trained on it,
        and these faces. A sure answer needs the mean of the networks' confidence thresholds.

    Raises:
        ModelError, DatasetError: as `train_model`.
    """
    predictions, faces = [], []
    for number, data in enumerate(splits, start=1):
        folder = out / f"fold-{number}"
        train_model(name, data, settings, config, folder)
        faces.append(happy_and_sad(data.validation))
        predictions.append(predict_faces(folder / "model", faces[-1]))
    pooled = FacePredictions(
        "cross-validation",
        np.concatenate([one.probabilities for one in predictions]),
        float(np.mean([one.sure_threshold for one in predictions])),
        np.concatenate([one.neutral for one in predictions]),
    )
    everything = FaceSet(
        np.concatenate([one.greys for one in faces]), np.concatenate([one.labels for one in faces])
    )
    return pooled, everything
