"""How far predictions agree with the votes of several people on the same faces."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.data.votes import EXPRESSIONS, Votes
from model.evaluation.intervals import Floats, Interval
from model.evaluation.metrics import mean_of, measure, share_of
from model.network.verdict import MIN_PROBABILITY, Verdict

_BANDS = ((0.0, 0.5), (0.5, 0.8), (0.8, 1.0))  # shares of the voters who agree
_MAJORITY = 6  # voters; votes for what is no expression are not in the data


def agreement_with_votes(
    probabilities: Floats, labels: NDArray[np.intp], votes: Sequence[Votes | None], threshold: float
) -> dict[str, Interval]:
    """Compare predictions for happy and sad faces with what people saw in them.

    Args:
        probabilities: (count,) of happy, 0 to 1.
        labels: (count,), 1 for happy, 0 for sad.
        votes: how many people saw each of `EXPRESSIONS`, or None where that is not known.
        threshold: minimum confidence of a sure answer, 0.5 to 1.

    Returns:
        vote_divergence: mean Kullback-Leibler divergence, in nats, of the prediction from the share
        of happy among the votes for happy or sad; 0 is best. accuracy_agreed_A_B: accuracy where
        more than A % and at most B % of the voters saw the same expression.
        accuracy_agreed_by_6, balanced_accuracy_agreed_by_6: where at least six of them did, which
        of FER+'s ten is the majority, whatever the others saw. Empty if there are no votes.
    """
    sad, happy = EXPRESSIONS.index(Verdict.SAD), EXPRESSIONS.index(Verdict.HAPPY)
    known = np.array([one is not None and one[sad] + one[happy] > 0 for one in votes], bool)
    if not known.any():
        return {}
    counts = np.array([one for one, usable in zip(votes, known, strict=True) if usable])
    probabilities, labels = probabilities[known], labels[known]
    share = counts[:, happy] / (counts[:, sad] + counts[:, happy])
    agreeing = counts.max(axis=1) / counts.sum(axis=1)
    correct = (probabilities >= 0.5) == (labels == 1)
    result = {"vote_divergence": mean_of(_divergence(_two(share), _two(probabilities)))}
    for low, high in _BANDS:
        inside = (agreeing > low) & (agreeing <= high)
        result[f"accuracy_agreed_{100 * low:.0f}_{100 * high:.0f}"] = share_of(correct[inside])
    most = counts.max(axis=1) >= _MAJORITY
    if len(set(labels[most].tolist())) == len((Verdict.HAPPY, Verdict.SAD)):
        metrics = measure(probabilities[most], labels[most], threshold)
        for name in ("accuracy", "balanced_accuracy"):
            result[f"{name}_agreed_by_{_MAJORITY}"] = metrics[name]
    return result


def _two(happy: Floats) -> Floats:
    return np.stack([happy, 1 - happy])


def divergence_with_neither(happy: Floats, neither: Floats, votes: Floats) -> Interval:
    """Compare predictions for faces of all labels with what people saw in them.

    Args:
        happy: (count,) probabilities of happy of a happy or sad face, 0 to 1.
        neither: (count,) probabilities of neither, 0 to 1.
        votes: (count, expressions) how many people saw each of `EXPRESSIONS`; at least one each.

    Returns:
        The mean Kullback-Leibler divergence, in nats, of the predictions from the shares of the
        votes for happy, sad and neither of them; 0 is best.
    """
    shares = votes / votes.sum(axis=1, keepdims=True)
    moods = [shares[:, EXPRESSIONS.index(mood)] for mood in (Verdict.HAPPY, Verdict.SAD)]
    seen = np.stack([*moods, 1 - moods[0] - moods[1]])
    predicted = np.stack([happy * (1 - neither), (1 - happy) * (1 - neither), neither])
    return mean_of(_divergence(seen, predicted))


def _divergence(shares: Floats, predicted: Floats) -> Floats:
    """Return the divergence of predictions from shares, both (answers, count), as (count,)."""
    logs = np.log(np.clip(shares, MIN_PROBABILITY, 1) / np.clip(predicted, MIN_PROBABILITY, 1))
    return np.asarray((np.clip(shares, 0, 1) * logs).sum(axis=0))
