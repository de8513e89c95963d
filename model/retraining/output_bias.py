"""The bias of a network's last layer, which decides how often it says happy."""

import numpy as np
from numpy.typing import NDArray

_LIMIT = 8.0  # of the shift; it takes a probability of 0.5 to 0.9997
_HALVINGS = 40
_FARTHEST = 1e-7  # from 0 and 1; probabilities nearer to them have no finite logit as float32


def balancing_shift(
    answers: NDArray[np.floating], wanted: NDArray[np.floating], labels: NDArray[np.floating]
) -> float:
    """Return what to add to a network's logits so that its mean answer is as wanted.

    The mean of the predictions is made right by the intercept alone (calibration in the large;
    Steyerberg et al. 2004, doi:10.1002/sim.1844). Faces of each label count the same together.

    Args:
        answers: (count,), the network's probabilities of happy.
        wanted: (count,), the probabilities whose mean it should have.
        labels: (count,), what each face shows, as any number that stands for it.

    Returns:
        The shift, at most `_LIMIT` either way.
    """
    clipped = np.clip(np.asarray(answers, np.float64), _FARTHEST, 1 - _FARTHEST)
    logits = np.log(clipped / (1 - clipped))
    _, kinds, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    weights = 1 / sizes[kinds]
    target = float(np.sum(weights * wanted))
    low, high = -_LIMIT, _LIMIT
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if np.sum(weights / (1 + np.exp(-logits - middle))) > target:
            high = middle
        else:
            low = middle
    return (low + high) / 2
