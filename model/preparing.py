"""Sets up the learner that a retraining asks for."""

from pathlib import Path
from typing import TYPE_CHECKING

import tensorflow as tf

from model.learners import HeadLearner, Learner, ViewReport
from model.lessons import Lessons
from model.manifest import REPLAY_FILE, read_manifest
from model.remembering import load_network
from model.replay import read_replay

if TYPE_CHECKING:
    from model.retraining import RetrainSettings


def make_learner(
    parent: Path,
    lessons: Lessons,
    settings: "RetrainSettings",
    seeing: ViewReport,
) -> Learner:
    """Set up what learns.

    Args:
        parent: folder of the model to start from.
        lessons: to learn from.
        settings: of the retraining.
        seeing: told how many lessons were looked at.

    Raises:
        DatasetError: the pictures are not what is expected.
        ModelError: the parent cannot be used, or lacks a replay set.
    """
    _limit_threads(settings.threads)
    manifest = read_manifest(parent)
    network = load_network(parent)
    replay = read_replay(parent, manifest)
    return HeadLearner(
        network,
        manifest.preprocessing,
        replay,
        parent / REPLAY_FILE,
        lessons,
        settings.seed,
        seeing,
    )


def _limit_threads(threads: int) -> None:
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        return  # TensorFlow was used before in this process, and keeps its threads
