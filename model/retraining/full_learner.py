"""Retraining of all layers, where the old pictures are at hand to be replayed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model.data.splits import DatasetSplit, happy_and_sad
from model.evaluation.evaluation_set import EvaluationSet
from model.network.preprocessing import Preprocessing
from model.retraining.head_learner import (
    DISTILLATION_WEIGHT,
    LABEL_SMOOTHING,
    EpochReport,
    Floats,
    RawPredictions,
    interpolate,
)
from model.retraining.replay_buffer import write_replay
from model.retraining.replay_builder import build_replay
from model.retraining.samples import SampleSet
from model.retraining.split_network import SplitNetwork, frozen_batch_norm
from model.training.augmentation import Augmentation
from model.training.batches import Batches
from model.training.config import TrainingConfig
from model.training.pipeline import finetuning_set
from model.training.stages import predict

# The network is trained already: a few epochs at a low rate.
_EPOCHS = 4
_LEARNING_RATE = 1e-4
_BATCH = 64


class FullFineTuneLearner:
    """Trains all layers; old faces are replayed as pictures.

    Args:
        network: the network to start from; it is changed.
        settings: preprocessing of the network.
        data: the old faces.
        samples: the samples to train on.
        seed: seed of variations, shuffles and dropout.
        evaluation_set: the evaluation faces of `data`.
    """

    epochs = _EPOCHS

    def __init__(
        self,
        network: keras.Sequential,
        settings: Preprocessing,
        data: DatasetSplit,
        samples: SampleSet,
        seed: int,
        evaluation_set: EvaluationSet,
    ) -> None:
        self._network = network
        self._settings = settings
        self._data = data
        self._samples = samples
        self._seed = seed
        self._start = network.get_weights()
        self._validation = happy_and_sad(data.evaluation)
        self._old, targets = finetuning_set(data.train, data.names, TrainingConfig(seed=seed))
        answers = predict(network, self._old, settings)
        self._old_targets = DISTILLATION_WEIGHT * answers + (1 - DISTILLATION_WEIGHT) * targets
        self.labels = self._validation.labels
        self.evaluation_set: EvaluationSet | None = evaluation_set
        self.replay_weight = float(len(self._old))

    def initial_predictions(self) -> RawPredictions:
        """Return the answers of the network that training starts from."""
        self._network.set_weights(self._start)
        return self._predictions()

    def train(
        self, chosen: NDArray[np.intp], weights: Floats, report: EpochReport
    ) -> RawPredictions:
        """Train on some of the samples; see `model.retraining.head_learner.Learner`."""
        keras.utils.set_random_seed(self._seed)
        self._network.set_weights(self._start)
        samples = self._samples.subset(chosen)
        batches = self._batches(samples, weights)
        with frozen_batch_norm(self._network):
            steps = self.epochs * len(batches)
            rate = keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps)
            self._network.compile(keras.optimizers.Adam(rate), "binary_crossentropy")
            reporter = _EpochReporter(report, lambda: self._accuracy(samples))
            self._network.fit(batches, epochs=self.epochs, verbose=0, callbacks=[reporter])
        self._network.set_weights(interpolate(self._start, self._network.get_weights()))
        return self._predictions()

    def _batches(self, samples: SampleSet, weights: Floats) -> Batches:
        scale = np.concatenate([np.ones(len(self._old)), weights])
        smoothed = samples.labels * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2
        return Batches(
            np.concatenate([self._old, samples.crops]),
            np.concatenate([self._old_targets, smoothed]).astype(np.float32),
            self._settings,
            Augmentation(),
            self._seed,
            _BATCH,
            (scale * len(scale) / scale.sum()).astype(np.float32),
        )

    def _accuracy(self, samples: SampleSet) -> float:
        answers = predict(self._network, samples.crops, self._settings)
        return float(((answers >= 0.5) == (samples.labels == 1)).mean())

    def _predictions(self) -> RawPredictions:
        return RawPredictions(
            predict(self._network, self._samples.crops, self._settings),
            predict(self._network, self._validation.greys, self._settings),
        )

    def predict_validation(self, network: keras.Sequential) -> Floats:
        """Return the answers of any network; see `model.retraining.head_learner.Learner`."""
        return predict(network, self._validation.greys, self._settings)

    def network(self) -> keras.Sequential:
        """Return the network as it is now."""
        return self._network

    def write_replay(self, file: Path) -> None:
        """Write a new replay buffer: the backbone has changed, and so have its features."""
        parts = SplitNetwork(self._network)
        write_replay(build_replay(parts, self._data, self._settings, self._seed), file)


class _EpochReporter(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports each epoch's loss, with the accuracy on the samples."""

    def __init__(self, report: EpochReport, accuracy: Callable[[], float]) -> None:
        super().__init__()
        self._report = report
        self._accuracy = accuracy

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._report(epoch + 1, float(logs["loss"]), self._accuracy())
