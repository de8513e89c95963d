"""Builds the learner that the settings of a retraining ask for."""

import logging
from pathlib import Path

import keras
import tensorflow as tf

from model.data.loading import CropReader
from model.data.splits import DatasetSplit, load_dataset
from model.evaluation.evaluation_set import (
    EvaluationSet,
    evaluation_set_of,
    read_evaluation_set,
)
from model.network.manifest import REPLAY_FILE, Manifest, read_manifest
from model.network.preprocessing import Preprocessing
from model.retraining.full_learner import FullFineTuneLearner
from model.retraining.head_learner import FeatureReport, HeadLearner, Learner
from model.retraining.replay_buffer import ReplayBuffer, read_replay
from model.retraining.replay_builder import load_parts
from model.retraining.samples import SampleSet
from model.retraining.settings import RetrainSettings

logger = logging.getLogger(__name__)


def make_learner(
    parent: Path, samples: SampleSet, settings: RetrainSettings, report_features: FeatureReport
) -> Learner:
    """Build a learner.

    Args:
        parent: folder of the model to start from.
        samples: the samples to train on.
        settings: the settings of the retraining.
        report_features: called while the samples' features are computed.

    Raises:
        DatasetError: the pictures are not as expected.
        ModelError: the parent cannot be used, or lacks a replay buffer.
    """
    _limit_threads(settings.threads)
    manifest = read_manifest(parent)
    # Dropout draws its seed when its layer is made, which is here.
    keras.utils.set_random_seed(settings.seed)
    parts = load_parts(parent)
    if settings.pictures is not None:
        data = _load(settings.pictures, manifest.preprocessing, settings.seed)
        report_features(len(samples), len(samples))
        evaluation_set = evaluation_set_of(settings.pictures.resolve().name, data)
        return FullFineTuneLearner(
            parts, manifest.preprocessing, data, samples, settings.seed, evaluation_set
        )
    replay = read_replay(parent, manifest)
    return HeadLearner(
        parts,
        manifest.preprocessing,
        replay,
        parent / REPLAY_FILE,
        samples,
        settings.seed,
        _replayed_set(manifest, replay),
        report_features,
    )


def _replayed_set(manifest: Manifest, replay: ReplayBuffer) -> EvaluationSet | None:
    """Return what the replay buffer measures on, unless it was made of other faces."""
    is_same = len(replay.labels) == manifest.metrics.get("n")
    return read_evaluation_set(manifest) if is_same else None


def _load(folder: Path, settings: Preprocessing, seed: int) -> DatasetSplit:
    def log_skipped(file: Path, reason: str) -> None:
        logger.warning("%s is left out: %s", file, reason)

    return load_dataset(folder, CropReader(settings), settings, seed, log_skipped)


def _limit_threads(threads: int) -> None:
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        return  # TensorFlow was used before in this process, and keeps its threads
