"""The interface of learners, and the default learner, which trains the head alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from model.errors import ModelDamagedError
from model.evaluation.evaluation_set import EvaluationSet
from model.network.preprocessing import Preprocessing
from model.retraining.output_bias import balancing_shift
from model.retraining.raw_moods import Floats, ValidationAnswers
from model.retraining.replay_buffer import ReplayBuffer
from model.retraining.samples import SampleSet
from model.retraining.split_network import SplitNetwork, frozen_batch_norm
from model.training.augmentation import Augmentation, augment

# Called with the epoch, from 1, the loss, and the accuracy on the samples trained on, 0 to 1.
EpochReport = Callable[[int, float, float], None]
# Called with the number of samples whose features are computed, and the total.
FeatureReport = Callable[[int, int], None]

_VIEWS = 8  # of each sample, the first as it is
_EPOCHS = 16
_BATCH = 128
_LEARNING_RATE = 3e-4
LABEL_SMOOTHING = 0.05  # some of the labels that people give are wrong
# Share of a replayed face's target that is the answer of the network the replay buffer was made
# for; the rest is the label (Buzzega et al. 2020, Dark Experience for General Continual Learning).
# It is the same network for each retraining in a chain, which keeps the chain from drifting.
DISTILLATION_WEIGHT = 0.9
# How far the weights go from the start to where training led: between the two lie networks that
# keep more of the old and hardly less of the new (Wortsman et al. 2022, Robust fine-tuning of
# zero-shot models).
INTERPOLATION = 0.7


@dataclass(frozen=True)
class RawPredictions:
    """A network's answers before the temperature.

    Attributes:
        samples: (count,), probability of happy of each sample.
        validation: the answers to the validation faces.
    """

    samples: Floats
    validation: ValidationAnswers


class Learner(Protocol):
    """Trains a network on samples, each time from the same start."""

    epochs: int  # of each training
    labels: NDArray[np.intp]  # of the happy and sad validation faces: 1 for happy, 0 for sad
    evaluation_set: EvaluationSet | None  # those faces, if it is known which they are
    replay_weight: float  # sum of the weights of an epoch's replayed faces
    parts: SplitNetwork  # the networks as they are now

    def initial_predictions(self) -> RawPredictions:
        """Return the answers of the network that training starts from."""

    def train(
        self, chosen: NDArray[np.intp], weights: Floats, report: EpochReport
    ) -> RawPredictions:
        """Train on some of the samples.

        Args:
            chosen: positions of the samples.
            weights: weights of these samples, where a replayed face weighs 1.
            report: called after each epoch.

        Returns:
            The answers of the trained network, which is in `parts` then.
        """

    def predict_validation(self, parts: SplitNetwork) -> ValidationAnswers | None:
        """Return another network's answers to the validation faces.

        Args:
            parts: a network with the same preprocessing.

        Returns:
            The answers; None if the faces are not known as this network sees them.
        """

    def write_replay(self, file: Path) -> None:
        """Write the replay buffer that fits the network as it is now."""


def interpolate(
    start: list[NDArray[np.float32]], end: list[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """Return the weights `INTERPOLATION` of the way from one network's to another's."""
    return [one + INTERPOLATION * (other - one) for one, other in zip(start, end, strict=True)]


class HeadLearner:
    """Trains the head and leaves the rest as it is; old faces are replayed as features.

    Args:
        parts: the network to start from; its head is changed.
        settings: preprocessing of the network.
        replay: the replay buffer of the network.
        replay_file: the file that the replay buffer was read from.
        samples: the samples to train on.
        seed: seed of views, shuffles and dropout.
        evaluation_set: the validation faces in the replay buffer, if it is known which they are.
        report_features: called while the samples' features are computed.

    Raises:
        ModelDamagedError: the replay buffer was made for another network.
    """

    epochs = _EPOCHS

    def __init__(
        self,
        parts: SplitNetwork,
        settings: Preprocessing,
        replay: ReplayBuffer,
        replay_file: Path,
        samples: SampleSet,
        seed: int,
        evaluation_set: EvaluationSet | None,
        report_features: FeatureReport,
    ) -> None:
        self.parts = parts
        if parts.backbone_hash() != replay.backbone:
            raise ModelDamagedError(
                f"{replay_file} was made for another network. Make it again with "
                "python -m scripts.build_replay."
            )
        self._replay_file = replay_file
        self._seed = seed
        self._targets = samples.labels.astype(np.float32)
        self._start = self.parts.head.get_weights()
        self._views = self._compute_views(samples.crops, settings, report_features)
        self._old = replay.trained.restored()
        self._validation = replay.validation.restored()
        self._neutral = None if replay.neutral is None else replay.neutral.restored()
        self._old_labels, self._old_answers = replay.targets, replay.answers
        self._old_targets = (
            DISTILLATION_WEIGHT * replay.answers + (1 - DISTILLATION_WEIGHT) * replay.targets
        )
        self.labels = replay.labels
        self.evaluation_set = evaluation_set
        self.replay_weight = float(len(self._old))

    def _compute_views(
        self, crops: NDArray[np.uint8], settings: Preprocessing, report: FeatureReport
    ) -> NDArray[np.float16]:
        """Return (count, views, features): each crop as it is, and augmented as in training."""
        rng = np.random.default_rng(self._seed)
        views = []
        for done, crop in enumerate(crops):
            if done % 32 == 0:
                report(done, len(crops))
            copies = np.repeat(crop[None].astype(np.float32), _VIEWS, axis=0)
            copies[1:] = augment(copies[1:], Augmentation(), rng)
            views.append(self.parts.features(copies, settings).astype(np.float16))
        report(len(crops), len(crops))
        return np.stack(views)

    def initial_predictions(self) -> RawPredictions:
        """Return the answers of the network that training starts from."""
        self.parts.head.set_weights(self._start)
        return self._predictions()

    def train(
        self, chosen: NDArray[np.intp], weights: Floats, report: EpochReport
    ) -> RawPredictions:
        """Train on some of the samples; see `Learner`."""
        keras.utils.set_random_seed(self._seed)
        head = self.parts.head
        head.set_weights(self._start)
        smoothed = self._targets[chosen] * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2
        targets = np.concatenate([self._old_targets, smoothed])
        scale = np.concatenate([np.ones(len(self._old)), weights])
        scale = (scale * len(scale) / scale.sum()).astype(np.float32)
        with frozen_batch_norm(head):
            steps = self.epochs * -(-len(targets) // _BATCH)
            rate = keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps)
            head.compile(keras.optimizers.Adam(rate), "binary_crossentropy")
            for epoch in range(self.epochs):
                loss = self._fit_epoch(chosen, epoch, targets, scale)
                report(epoch + 1, loss, self._accuracy(chosen))
        head.set_weights(interpolate(self._start, head.get_weights()))
        self._restore_balance()
        return self._predictions()

    def _restore_balance(self) -> None:
        """Shift the last bias so that the old faces are called happy as often as before.

        Most mistakes that people report have the same label. Without this, the network would learn
        above all to give that answer more often, to old faces as well.
        """
        shift = balancing_shift(self.parts.answers(self._old), self._old_answers, self._old_labels)
        self.parts.head.layers[-1].bias.assign_add([shift])

    def _fit_epoch(
        self,
        chosen: NDArray[np.intp],
        epoch: int,
        targets: NDArray[np.float32],
        weights: NDArray[np.float32],
    ) -> float:
        """Train for one epoch, with another view of each sample than in the one before."""
        views = self._views[chosen, epoch % _VIEWS].astype(np.float32)
        fitted = self.parts.head.fit(
            np.concatenate([self._old, views]),
            targets,
            sample_weight=weights,
            batch_size=_BATCH,
            verbose=0,
        )
        return float(fitted.history["loss"][0])

    def _accuracy(self, chosen: NDArray[np.intp]) -> float:
        answers = self.parts.answers(self._views[chosen, 0].astype(np.float32))
        return float(((answers >= 0.5) == (self._targets[chosen] == 1)).mean())

    def _predictions(self) -> RawPredictions:
        return RawPredictions(
            self.parts.answers(self._views[:, 0].astype(np.float32)),
            self._validation_answers(self.parts),
        )

    def predict_validation(self, parts: SplitNetwork) -> ValidationAnswers | None:
        """Return the answers of a network with the same backbone; see `Learner`."""
        if parts.backbone_hash() != self.parts.backbone_hash():
            return None
        return self._validation_answers(parts)

    def _validation_answers(self, parts: SplitNetwork) -> ValidationAnswers:
        neutral = None if self._neutral is None else parts.moods(self._neutral)
        return ValidationAnswers(parts.moods(self._validation), neutral)

    def write_replay(self, file: Path) -> None:
        """Copy the replay buffer: the backbone is the same, and so are its features."""
        file.write_bytes(self._replay_file.read_bytes())
