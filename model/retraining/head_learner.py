"""What retraining needs of a way to learn, and the way that is used by default: the head alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from model.errors import ModelDamagedError
from model.network.preprocessing import Preprocessing
from model.retraining.replay_buffer import ReplayBuffer
from model.retraining.samples import SampleSet
from model.retraining.split_network import SplitNetwork, frozen_batch_norm
from model.training.augmentation import Augmentation, augment

Floats = NDArray[np.float64]
# Called with the epoch, from 1, the loss, and the accuracy on the lessons learned, 0 to 1.
EpochReport = Callable[[int, float, float], None]
FeatureReport = Callable[[int, int], None]  # called with how many lessons are seen, and of how many

_VIEWS = 8  # of each lesson, the first as it is
_EPOCHS = 16
_BATCH = 128
_LEARNING_RATE = 3e-4
LABEL_SMOOTHING = 0.05  # of what people say: some of it is wrong
# How far replayed faces are to be answered as the network did that the replay set was made for
# (Buzzega et al. 2020, Dark Experience for General Continual Learning), rather than as labelled.
# That this is not the parent keeps many retrainings, one after the other, from drifting.
DISTILLATION_WEIGHT = 0.9
# How far the network then goes from where it started to where the lessons led it: between the two
# lie networks that keep more of the old and hardly less of the new (Wortsman et al. 2022, Robust
# fine-tuning of zero-shot models).
INTERPOLATION = 0.7


@dataclass(frozen=True)
class RawPredictions:
    """A network's answers, before the temperature.

    Args:
        lessons: (count,), probability of happy of each lesson.
        validation: (count,), of each old validation face.
    """

    samples: Floats
    validation: Floats


class Learner(Protocol):
    """A network that can learn from lessons, each time anew from where it started."""

    epochs: int  # of each learning, at most
    labels: NDArray[np.intp]  # of the old validation faces: 1 for happy, 0 for sad
    replayed: float  # what the replayed faces of an epoch weigh together

    def before(self) -> RawPredictions:
        """The answers of the network that it starts from."""

    def learn(
        self, chosen: NDArray[np.intp], weights: Floats, report: EpochReport
    ) -> RawPredictions:
        """Learn from some of the lessons.

        Args:
            chosen: their positions.
            weights: of them, where a replayed face weighs 1.
            report: told of each epoch.

        Returns:
            The answers of the network, which is then that of `network`.
        """

    def asked(self, network: keras.Sequential) -> Floats | None:
        """Another network's answers to the old validation faces, before the temperature.

        Args:
            network: of the same preprocessing.

        Returns:
            (count,), probability of happy of each; None if they are not known as it sees them.
        """

    def network(self) -> keras.Sequential:
        """The network, as it is now."""

    def write_replay(self, file: Path) -> None:
        """Write the replay set that fits the network as it is now."""


def interpolate(
    start: list[NDArray[np.float32]], end: list[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """The weights at `INTERPOLATION` of the way from one network's to another's."""
    return [one + INTERPOLATION * (other - one) for one, other in zip(start, end, strict=True)]


class HeadLearner:
    """Leaves the convolutions as they are; old faces are replayed as these see them.

    Args:
        network: to start from, and to change.
        settings: preprocessing.
        replay: the replay set of the network.
        replay_file: where that is from.
        lessons: to learn from.
        seed: of views, shuffles and dropout.
        seeing: told how many lessons the convolutions have seen.

    Raises:
        ModelDamagedError: the replay set was made for another network.
    """

    epochs = _EPOCHS

    def __init__(
        self,
        network: keras.Sequential,
        settings: Preprocessing,
        replay: ReplayBuffer,
        replay_file: Path,
        samples: SampleSet,
        seed: int,
        seeing: FeatureReport,
    ) -> None:
        self._parts = SplitNetwork(network)
        if self._parts.backbone_hash() != replay.backbone:
            raise ModelDamagedError(
                f"{replay_file} was made for another network. Make it anew with "
                "python -m scripts.build_replay."
            )
        self._replay_file = replay_file
        self._seed = seed
        self._targets = samples.labels.astype(np.float32)
        self._start = self._parts.head.get_weights()
        self._views = self._see(samples.crops, settings, seeing)
        self._old = replay.learned.restored()
        self._validation = replay.validation.restored()
        self._old_targets = (
            DISTILLATION_WEIGHT * replay.answers + (1 - DISTILLATION_WEIGHT) * replay.targets
        )
        self.labels = replay.labels
        self.replayed = float(len(self._old))

    def _see(
        self, crops: NDArray[np.uint8], settings: Preprocessing, seeing: FeatureReport
    ) -> NDArray[np.float16]:
        """(count, views, features): each crop as it is, and varied as in training."""
        rng = np.random.default_rng(self._seed)
        views = []
        for done, crop in enumerate(crops):
            if done % 32 == 0:
                seeing(done, len(crops))
            copies = np.repeat(crop[None].astype(np.float32), _VIEWS, axis=0)
            copies[1:] = augment(copies[1:], Augmentation(), rng)
            views.append(self._parts.features(copies, settings).astype(np.float16))
        seeing(len(crops), len(crops))
        return np.stack(views)

    def before(self) -> RawPredictions:
        """The answers of the network that it starts from."""
        self._parts.head.set_weights(self._start)
        return self._answers()

    def learn(
        self, chosen: NDArray[np.intp], weights: Floats, report: EpochReport
    ) -> RawPredictions:
        """Learn from some of the lessons; see `Learner`."""
        keras.utils.set_random_seed(self._seed)
        head = self._parts.head
        head.set_weights(self._start)
        steps = self.epochs * -(-(len(self._old) + len(chosen)) // _BATCH)
        smoothed = self._targets[chosen] * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2
        targets = np.concatenate([self._old_targets, smoothed])
        scale = np.concatenate([np.ones(len(self._old)), weights])
        scale *= len(scale) / scale.sum()
        with frozen_batch_norm(head):
            rate = keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps)
            head.compile(keras.optimizers.Adam(rate), "binary_crossentropy")
            for epoch in range(self.epochs):
                seen = self._views[chosen, epoch % _VIEWS].astype(np.float32)
                fitted = head.fit(
                    np.concatenate([self._old, seen]),
                    targets,
                    sample_weight=scale.astype(np.float32),
                    batch_size=_BATCH,
                    verbose=0,
                )
                report(epoch + 1, float(fitted.history["loss"][0]), self._accuracy(chosen))
        head.set_weights(interpolate(self._start, head.get_weights()))
        return self._answers()

    def _accuracy(self, chosen: NDArray[np.intp]) -> float:
        answers = self._parts.answers(self._views[chosen, 0].astype(np.float32))
        return float(((answers >= 0.5) == (self._targets[chosen] == 1)).mean())

    def _answers(self) -> RawPredictions:
        return RawPredictions(
            self._parts.answers(self._views[:, 0].astype(np.float32)),
            self._parts.answers(self._validation),
        )

    def asked(self, network: keras.Sequential) -> Floats | None:
        """The answers of a network with the same convolutions; see `Learner`."""
        parts = SplitNetwork(network)
        if parts.backbone_hash() != self._parts.backbone_hash():
            return None
        return parts.answers(self._validation)

    def network(self) -> keras.Sequential:
        """The network, as it is now."""
        return self._parts.network

    def write_replay(self, file: Path) -> None:
        """The convolutions are the same, and so is what they make of old faces."""
        file.write_bytes(self._replay_file.read_bytes())
