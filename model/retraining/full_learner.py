"""Retraining of all layers, where the old pictures are at hand to be replayed.

A model that tells neutral faces is trained as one network with two outputs: what the second one is
computed from changes as well. Its targets come from the old faces alone. People choose between
happy and sad when they correct an answer, so their labels do not say that a face is not neutral.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model.data.splits import DatasetSplit, happy_and_sad, neutral_faces
from model.evaluation.evaluation_set import EvaluationSet
from model.network.export import join_networks
from model.network.mood_network import HAPPY_OUTPUT, NEITHER_OUTPUT
from model.network.preprocessing import Preprocessing
from model.retraining.head_learner import (
    DISTILLATION_WEIGHT,
    LABEL_SMOOTHING,
    EpochReport,
    RawPredictions,
    interpolate,
)
from model.retraining.raw_moods import Floats, RawMoods, ValidationAnswers
from model.retraining.replay_buffer import write_replay
from model.retraining.replay_builder import build_replay
from model.retraining.samples import SampleSet
from model.retraining.split_network import SplitNetwork, frozen_batch_norm
from model.training.augmentation import Augmentation
from model.training.batches import Batches
from model.training.config import TrainingConfig
from model.training.expressions import neither_targets
from model.training.stages import predict
from model.training.targets import finetuning_mask, finetuning_set

# The network is trained already: a few epochs at a low rate.
_EPOCHS = 4
_LEARNING_RATE = 1e-4
_BATCH = 64


class FullFineTuneLearner:
    """Trains all layers; old faces are replayed as pictures.

    Args:
        parts: the network to start from; it is changed.
        settings: preprocessing of the network.
        data: the old faces.
        samples: the samples to train on.
        seed: seed of variations, shuffles and dropout.
        evaluation_set: the evaluation faces of `data`.
    """

    epochs = _EPOCHS

    def __init__(
        self,
        parts: SplitNetwork,
        settings: Preprocessing,
        data: DatasetSplit,
        samples: SampleSet,
        seed: int,
        evaluation_set: EvaluationSet,
    ) -> None:
        self.parts = parts
        self._joined = join_networks(parts.network, parts.neither)
        self._settings = settings
        self._data = data
        self._samples = samples
        self._seed = seed
        self._start = self._joined.get_weights()
        self._validation = happy_and_sad(data.evaluation)
        self._neutral = neutral_faces(data)
        config = TrainingConfig(seed=seed)
        self._old, targets = finetuning_set(data.train, data.names, config)
        answers = self._moods(self._old)
        self._old_targets = _distilled(answers.happy, targets)
        self._old_neither: NDArray[np.float32] | None = None
        if answers.neither is not None:
            faces = data.train.subset(finetuning_mask(data.train, data.names, config))
            self._old_neither = _distilled(answers.neither, neither_targets(faces, data.names))
        self.labels = self._validation.labels
        self.evaluation_set: EvaluationSet | None = evaluation_set
        self.replay_weight = float(len(self._old))

    def initial_predictions(self) -> RawPredictions:
        """Return the answers of the network that training starts from."""
        self._joined.set_weights(self._start)
        return self._predictions()

    def train(
        self, chosen: NDArray[np.intp], weights: Floats, report: EpochReport
    ) -> RawPredictions:
        """Train on some of the samples; see `model.retraining.head_learner.Learner`."""
        keras.utils.set_random_seed(self._seed)
        self._joined.set_weights(self._start)
        samples = self._samples.subset(chosen)
        batches = self._batches(samples, weights)
        with frozen_batch_norm(self.parts.network):
            steps = self.epochs * len(batches)
            rate = keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps)
            # With several outputs, it is the loss of each, and the sum is minimized.
            self._joined.compile(keras.optimizers.Adam(rate), "binary_crossentropy")
            reporter = _EpochReporter(report, lambda: self._accuracy(samples))
            self._joined.fit(batches, epochs=self.epochs, verbose=0, callbacks=[reporter])
        self._joined.set_weights(interpolate(self._start, self._joined.get_weights()))
        return self._predictions()

    def _batches(self, samples: SampleSet, weights: Floats) -> "Batches | _TwoOutputs":
        scale = np.concatenate([np.ones(len(self._old)), weights])
        scale = (scale * len(scale) / scale.sum()).astype(np.float32)
        smoothed = samples.labels * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2
        targets = np.concatenate([self._old_targets, smoothed]).astype(np.float32)
        greys = np.concatenate([self._old, samples.crops])
        if self._old_neither is None:
            return self._as_batches(greys, targets, scale)
        neither = np.concatenate([self._old_neither, np.zeros(len(samples), np.float32)])
        is_old = (np.arange(len(greys)) < len(self._old)).astype(np.float32)
        return _TwoOutputs(
            self._as_batches(
                greys, np.stack([targets, neither], axis=1), np.stack([scale, is_old], axis=1)
            )
        )

    def _as_batches(
        self,
        greys: NDArray[np.uint8],
        targets: NDArray[np.float32],
        weights: NDArray[np.float32],
    ) -> Batches:
        variation = Augmentation()
        return Batches(greys, targets, self._settings, variation, self._seed, _BATCH, weights)

    def _accuracy(self, samples: SampleSet) -> float:
        answers = predict(self.parts.network, samples.crops, self._settings)
        return float(((answers >= 0.5) == (samples.labels == 1)).mean())

    def _predictions(self) -> RawPredictions:
        return RawPredictions(
            predict(self.parts.network, self._samples.crops, self._settings),
            self.predict_validation(self.parts),
        )

    def predict_validation(self, parts: SplitNetwork) -> ValidationAnswers:
        """Return the answers of any network; see `model.retraining.head_learner.Learner`."""
        neutral = None if self._neutral is None else self._moods(self._neutral.greys, parts)
        return ValidationAnswers(self._moods(self._validation.greys, parts), neutral)

    def _moods(self, greys: NDArray[np.uint8], parts: SplitNetwork | None = None) -> RawMoods:
        parts = parts or self.parts
        return parts.moods(parts.features(greys, self._settings))

    def write_replay(self, file: Path) -> None:
        """Write a new replay buffer: the backbone has changed, and so have its features."""
        write_replay(build_replay(self.parts, self._data, self._settings, self._seed), file)


def _distilled(answers: Floats, targets: NDArray[np.float32]) -> NDArray[np.float32]:
    mixed = DISTILLATION_WEIGHT * answers + (1 - DISTILLATION_WEIGHT) * targets
    return mixed.astype(np.float32)


class _TwoOutputs(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches for a network with two outputs, of which each has its targets and weights.

    Args:
        batches: with targets (count, 2) and weights (count, 2): of happy, and of neither.
    """

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        inputs, *both = self._batches[index]
        return inputs, *(
            {HAPPY_OUTPUT: values[:, 0], NEITHER_OUTPUT: values[:, 1]} for values in both
        )

    def on_epoch_end(self) -> None:
        self._batches.on_epoch_end()


class _EpochReporter(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports each epoch's loss, with the accuracy on the samples."""

    def __init__(self, report: EpochReport, accuracy: Callable[[], float]) -> None:
        super().__init__()
        self._report = report
        self._accuracy = accuracy

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._report(epoch + 1, float(logs["loss"]), self._accuracy())
