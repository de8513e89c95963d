"""Train the networks of a model."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from model.data.splits import DatasetSplit, happy_and_sad
from model.network.architecture import build_network
from model.network.export import join_networks
from model.network.manifest import KERAS_FILE, SHIPPED, read_manifest, read_verified
from model.network.mood_network import HAPPY_OUTPUT, NEITHER_OUTPUT
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.network.residual import copy_as_plain
from model.training.config import TrainingConfig
from model.training.distillation import distil
from model.training.expressions import expression_targets, happy_or_sad
from model.training.neither import train_neither
from model.training.network_input import to_network_input
from model.training.stages import finetune, pretrain
from model.training.targets import finetuning_set

_SAMPLE = 256  # faces to take statistics of
_BATCH = 256

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """What networks say of faces.

    Attributes:
        happy: (count,), probability of happy of a face that is happy or sad, 0 to 1.
        neither: (count,), probability that it is neither, 0 to 1; 0 if nothing tells it.
    """

    happy: Floats
    neither: Floats


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks of a model, in 32-bit floats.

    Attributes:
        mood: from (batch, size, size, 1) to the probability of happy of a happy or sad face.
        neither: from the flattened features of `mood` to the probability of neither; or None.
    """

    mood: keras.Sequential
    neither: keras.Sequential | None

    def predict(self, greys: NDArray[np.uint8], settings: Preprocessing) -> Answers:
        """Return the uncalibrated answers for faces, (count, size, size), 0 to 255."""
        network = join_networks(self.mood, self.neither)
        inputs = to_network_input(greys, settings)
        outputs = network.predict(inputs, batch_size=_BATCH, verbose=0)
        if self.neither is None:
            return Answers(_column(outputs), np.zeros(len(greys)))
        return Answers(_column(outputs[HAPPY_OUTPUT]), _column(outputs[NEITHER_OUTPUT]))


def _column(output: NDArray[np.float32]) -> Floats:
    return np.asarray(output, np.float64)[:, 0]


def learn(
    data: DatasetSplit,
    network_config: NetworkConfig,
    settings: Preprocessing,
    config: TrainingConfig,
    out: Path,
) -> Networks:
    """Train all networks of a model.

    With votes, and after pre-training, the network of all expressions already holds the one of two
    moods. If there are faces of other labels as well, a second one learns what is neither.

    Args:
        data: the faces.
        network_config: shape of the network.
        settings: the preprocessing of the faces.
        config: the hyperparameters.
        out: folder for checkpoints and history. An interrupted training there is resumed.

    Returns:
        The networks, without residual convolutions.
    """
    start = _shipped_network() if config.from_shipped else None
    has_votes = data.train.votes is not None
    expressions = None
    if config.pretraining.epochs and (has_votes or len(data.names) > 2):
        faces = expression_targets(data.train, data.names)
        held_out = expression_targets(data.selection, data.names)
        start = pretrain(
            start, faces, held_out, network_config, settings, config, out / "pretraining"
        )
        if has_votes and config.distillation.epochs:
            for generation in range(1, config.generations + 1):
                start = distil(
                    start,
                    faces,
                    held_out,
                    network_config,
                    settings,
                    config,
                    generation,
                    out / f"distillation-{generation}",
                )
        expressions = start if has_votes else None
    if expressions is None:
        targets = finetuning_set(data.train, data.names, config)
        selection = happy_and_sad(data.selection)
        network = finetune(
            start, *targets, selection, network_config, settings, config, out / "finetuning"
        )
    else:
        network = happy_or_sad(expressions, network_config)
    chosen = np.random.default_rng(config.seed).permutation(len(data.train))[:_SAMPLE]
    # Even after a training in half precision, the model uses 32-bit floats.
    with _single_precision():
        sample = to_network_input(data.train.greys[chosen], settings)
        mood = _finished(network, network_config, sample)
        if expressions is None or len(data.names) == 2:
            return Networks(mood, None)
        neither = train_neither(
            mood,
            expressions,
            (data.train, data.selection),
            data.names,
            settings,
            config,
            out / "neither",
        )
    return Networks(mood, neither)


def _finished(
    network: keras.Sequential, config: NetworkConfig, sample: NDArray[np.float32]
) -> keras.Sequential:
    exact, plain = build_network(config), build_network(config.plain())
    exact.set_weights(network.get_weights())
    copy_as_plain(exact, plain, sample)
    return plain


@contextmanager
def _single_precision() -> Iterator[None]:
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def _shipped_network() -> keras.Sequential:
    read_verified(SHIPPED, KERAS_FILE, read_manifest(SHIPPED))
    return keras.saving.load_model(SHIPPED / KERAS_FILE, compile=False)
