"""Learning from lessons in a way that shows what was learned: on faces not learned from."""

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

# Lessons; with fewer, all the others are measured with, too. With only 50 held out, a version that
# makes a quarter fewer mistakes was kept back in one of three runs, by chance.
MIN_HELD_OUT = 60
_FOLDS = 5

# Called with the epochs done, all epochs, the loss, and the accuracy on the lessons learned from.
Report = Callable[[int, int, float, float], None]


@dataclass(frozen=True)
class CrossValidationResult:
    """What came of a trial.

    Args:
        before: answers of the network that it started from.
        after: answers of the one that learned; to lessons that are not held out, of networks that
            learned from the others (cross-validation; Stone 1974), if there are too few held out.
        judged: (count,), true for the lessons that tell how good it is.
        held_out: how many of those are held out for ever.
        votes: (count,), how much each lesson counts in measuring, for its user.
        balance: (count,), how many times it counts, as a correction or confirmation.
    """

    before: RawPredictions
    after: RawPredictions
    judged: NDArray[np.bool_]
    held_out: int
    votes: NDArray[np.float64]
    balance: NDArray[np.float64]


def train_and_cross_validate(
    learner: Learner, samples: SampleSet, seed: int, report: Report
) -> CrossValidationResult:
    """Learn from all lessons but those held out.

    Args:
        learner: whose network is afterwards the one that learned.
        lessons: at least one of them not held out.
        seed: of the folds.
        report: told of each epoch.

    Returns:
        What came of it.
    """
    held_out = samples.held_out
    before = learner.before()
    agreed = (before.samples >= 0.5) == (samples.labels == 1)
    times = balance_weights(samples, agreed)
    few = int(held_out.sum()) < MIN_HELD_OUT
    open_ones = np.flatnonzero(~held_out)
    folds = _folds(open_ones, seed) if few else []
    epochs = learner.epochs * (len(folds) + 1)

    def learn(chosen: NDArray[np.intp], number: int) -> RawPredictions:
        weights = training_weights(samples.subset(chosen), times[chosen], learner.replayed)
        return learner.learn(chosen, weights, _shifted(report, number * learner.epochs, epochs))

    answers = np.full(len(samples), np.nan)
    for number, fold in enumerate(folds):
        others = np.setdiff1d(open_ones, fold)
        answers[fold] = learn(others, number).samples[fold]
    after = learn(open_ones, len(folds))
    answers[held_out] = after.samples[held_out]
    return CrossValidationResult(
        before,
        RawPredictions(answers, after.validation),
        ~np.isnan(answers),
        int(held_out.sum()),
        evaluation_weights(samples),
        times,
    )


def _folds(positions: NDArray[np.intp], seed: int) -> list[NDArray[np.intp]]:
    """Fifths of the lessons, each to be answered by a network that learned from the others."""
    if len(positions) < 2:
        return []
    shuffled = np.random.default_rng(seed).permutation(positions)
    return np.array_split(shuffled, min(_FOLDS, len(positions)))


def _shifted(report: Report, done: int, epochs: int) -> EpochReport:
    def shifted(epoch: int, loss: float, accuracy: float) -> None:
        report(done + epoch, epochs, loss, accuracy)

    return shifted
