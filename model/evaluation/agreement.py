"""How far predictions agree with the votes of several people on the same faces."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.data.votes import EXPRESSIONS, Votes
from model.evaluation.intervals import Floats, Interval
from model.evaluation.metrics import mean_of, measure, share_of
from model.network.verdict import MIN_PROBABILITY, Verdict

_BANDS = ((0.0, 0.5), (0.5, 0.8), (0.8, 1.0))  # shares of the voters who agree


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
        accuracy_agreed_over_50, balanced_accuracy_agreed_over_50: where most of them did. Empty if
        there are no votes.
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
    result = {"vote_divergence": mean_of(_divergence(share, probabilities))}
    for low, high in _BANDS:
        inside = (agreeing > low) & (agreeing <= high)
        result[f"accuracy_agreed_{100 * low:.0f}_{100 * high:.0f}"] = share_of(correct[inside])
    most = agreeing > 0.5
    if len(set(labels[most].tolist())) == len((Verdict.HAPPY, Verdict.SAD)):
        metrics = measure(probabilities[most], labels[most], threshold)
        for name in ("accuracy", "balanced_accuracy"):
            result[f"{name}_agreed_over_50"] = metrics[name]
    return result


def _divergence(share: Floats, probabilities: Floats) -> Floats:
    """Return the divergence of two-way probabilities from shares, both of happy, (count,)."""
    shares = np.stack([share, 1 - share])
    predicted = np.clip(np.stack([probabilities, 1 - probabilities]), MIN_PROBABILITY, 1)
    logs = np.log(np.clip(shares, MIN_PROBABILITY, 1) / predicted)
    return np.asarray((shares * logs).sum(axis=0))
