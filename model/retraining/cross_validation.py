"""Training with cross-validation, so that every answer measured is to a face not trained on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.retraining.head_learner import EpochReport, Learner, RawPredictions
from model.retraining.samples import (
    SampleSet,
    balance_weights,
    evaluation_weights,
    training_weights,
)

# With fewer held-out samples, all the others are measured with, too. With only 50 held out, a
# version that makes a quarter fewer mistakes was kept back in one of three runs, by chance.
MIN_HELD_OUT = 60
_FOLDS = 5

# Called with the epochs done, all epochs, the loss, and the accuracy on the samples trained on.
TrainingReport = Callable[[int, int, float, float], None]


@dataclass(frozen=True)
class CrossValidationResult:
    """Answers before and after training.

    Attributes:
        before: answers of the network that training started from.
        after: answers of the trained network. With too few held-out samples, the others are
            answered by networks trained without them (cross-validation; Stone 1974).
        measured: (count,), true for the samples that have such an answer.
        held_out: how many of those are never trained on.
        user_weights: (count,), weights that limit the influence of each user.
        balance: (count,), factors that balance corrections and confirmations.
    """

    before: RawPredictions
    after: RawPredictions
    measured: NDArray[np.bool_]
    held_out: int
    user_weights: NDArray[np.float64]
    balance: NDArray[np.float64]


def train_and_cross_validate(
    learner: Learner, samples: SampleSet, seed: int, report: TrainingReport
) -> CrossValidationResult:
    """Train on all samples but those held out.

    Args:
        learner: trains; its network is the trained one afterwards.
        samples: at least one of them is not held out.
        seed: seed of the folds.
        report: called after each epoch.
    """
    held_out = samples.held_out
    before = learner.initial_predictions()
    agreed = (before.samples >= 0.5) == (samples.labels == 1)
    balance = balance_weights(samples, agreed)
    trainable = np.flatnonzero(~held_out)
    folds = _folds(trainable, seed) if int(held_out.sum()) < MIN_HELD_OUT else []
    epochs = learner.epochs * (len(folds) + 1)

    def train(chosen: NDArray[np.intp], trainings_done: int) -> RawPredictions:
        weights = training_weights(samples.subset(chosen), balance[chosen], learner.replay_weight)
        report_epoch = _shifted(report, trainings_done * learner.epochs, epochs)
        return learner.train(chosen, weights, report_epoch)

    answers = np.full(len(samples), np.nan)
    for number, fold in enumerate(folds):
        answers[fold] = train(np.setdiff1d(trainable, fold), number).samples[fold]
    after = train(trainable, len(folds))
    answers[held_out] = after.samples[held_out]
    return CrossValidationResult(
        before,
        RawPredictions(answers, after.validation),
        ~np.isnan(answers),
        int(held_out.sum()),
        evaluation_weights(samples),
        balance,
    )


def _folds(positions: NDArray[np.intp], seed: int) -> list[NDArray[np.intp]]:
    if len(positions) < 2:
        return []
    shuffled = np.random.default_rng(seed).permutation(positions)
    return np.array_split(shuffled, min(_FOLDS, len(positions)))


def _shifted(report: TrainingReport, done: int, epochs: int) -> EpochReport:
    def shifted(epoch: int, loss: float, accuracy: float) -> None:
        report(done + epoch, epochs, loss, accuracy)

    return shifted
