"""Samples: faces with the labels that people gave them, and how much each one counts."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.data.perceptual_hash import find_duplicates, fingerprint

_HELD_OUT_EVERY = 5  # one picture in five is never trained on
# Limits of a sample's weight, where a replayed face weighs 1.
MAX_SHARE = 0.2  # of the weight of an epoch, for all samples together
MAX_USER_SHARE = 0.05  # of what all samples together may weigh, for each user
MAX_WEIGHT = 4.0  # of one sample; otherwise the network overfits to a handful
# In service a model is assumed to be right twice as often as it is wrong.
_CONFIRMATION_RATIO = 2.0
_MAX_BALANCE = 5.0  # how many times a confirmation may count
_MAX_VOTES = 10.0  # pictures' worth of influence of one user in measuring


@dataclass(frozen=True)
class SampleSet:
    """Faces and the labels that people gave them.

    Attributes:
        crops: (count, size, size), grey levels 0 to 255, as `Preprocessing` describes them.
        labels: (count,), 1 for happy, 0 for sad.
        users: (count,), an opaque name of the user who gave the label.
        digests: (count,), SHA-256 of each crop as it is stored, in hexadecimal.
        answered: how many faces the bot judged for these users, labelled or not; 0: not known.
    """

    crops: NDArray[np.uint8]
    labels: NDArray[np.intp]
    users: tuple[str, ...]
    digests: tuple[str, ...]
    answered: int = 0

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, index: NDArray[Any]) -> "SampleSet":
        """Return the samples at the given positions, or where a mask is true."""
        positions = np.arange(len(self))[index]
        return SampleSet(
            self.crops[positions],
            self.labels[positions],
            tuple(self.users[position] for position in positions),
            tuple(self.digests[position] for position in positions),
            self.answered,
        )

    @property
    def held_out(self) -> NDArray[np.bool_]:
        """(count,), true for samples that are never trained on, only measured with."""
        return np.array([is_held_out(digest) for digest in self.digests], bool)


def is_held_out(digest: str) -> bool:
    """Return whether a picture is for measuring only; a fifth of all are, always the same.

    Args:
        digest: SHA-256 of the crop, in hexadecimal.
    """
    return int(digest, 16) % _HELD_OUT_EVERY == 0


def merge_near_duplicates(samples: SampleSet) -> SampleSet:
    """Merge samples whose pictures are nearly the same, so that each picture counts once.

    The label is that of the majority; without a majority the sample is dropped. If one of the
    merged samples is held out, the result is held out; otherwise it would be trained on after all.

    Returns:
        The remaining samples, in the same order.
    """
    kept = np.ones(len(samples), bool)
    labels, users = samples.labels.copy(), list(samples.users)
    for group in find_duplicates([fingerprint(crop) for crop in samples.crops]):
        kept[group] = False
        happy = int(samples.labels[group].sum())
        if 2 * happy == len(group):
            continue
        label = int(2 * happy > len(group))
        stays = next((one for one in group if is_held_out(samples.digests[one])), group[0])
        kept[stays] = True
        labels[stays] = label
        users[stays] = next(users[one] for one in group if samples.labels[one] == label)
    return replace(samples, labels=labels, users=tuple(users)).subset(kept)


def balance_weights(samples: SampleSet, agreed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return factors that balance corrections and confirmations.

    People correct most mistakes and confirm few right answers. Unbalanced samples would teach that
    the model is mostly wrong, and any other model would look better on them. Hence confirmations
    count more, up to five times, until they weigh twice as much as the corrections.

    Args:
        samples: corrections and confirmations.
        agreed: (count,), whether the active model gave the same label.

    Returns:
        (count,), 1 for a correction, 1 to 5 for a confirmation.
    """
    capped = _cap_per_user(np.ones(len(samples)), samples.users, limit=1.0)
    confirmed = float(capped[agreed].sum())
    ratio = _CONFIRMATION_RATIO * float(capped[~agreed].sum()) / confirmed if confirmed else 1.0
    return np.where(agreed, np.clip(ratio, 1.0, _MAX_BALANCE), 1.0)


def training_weights(
    samples: SampleSet, counts: NDArray[np.float64], replayed: float
) -> NDArray[np.float64]:
    """Return the weight of each sample in training.

    A user's samples weigh at most `MAX_USER_SHARE` of what all samples may weigh, also where there
    are few users: five hundred samples of one user weigh no more than fifty.

    Args:
        samples: the samples to train on.
        counts: (count,), factors from `balance_weights`.
        replayed: sum of the weights of all replayed faces.

    Returns:
        (count,), where a replayed face weighs 1; together at most `MAX_SHARE` of the whole.
    """
    limit = MAX_SHARE / (1 - MAX_SHARE) * replayed
    weights = np.minimum(counts * MAX_WEIGHT, MAX_USER_SHARE * limit)
    weights = _cap_per_user(weights, samples.users, MAX_USER_SHARE * limit)
    return weights * min(1.0, limit / max(float(weights.sum()), 1e-9))


def evaluation_weights(samples: SampleSet) -> NDArray[np.float64]:
    """Return the weight of each sample in measuring, (count,), up to 1.

    The samples of one user weigh no more than ten pictures together.
    """
    return _cap_per_user(np.ones(len(samples)), samples.users, limit=_MAX_VOTES)


def _cap_per_user(
    weights: NDArray[np.float64], users: tuple[str, ...], limit: float
) -> NDArray[np.float64]:
    """Scale the weights down for each user whose sum exceeds the limit."""
    _, owners = np.unique(np.array(users, str), return_inverse=True)
    sums = np.bincount(owners, weights)
    return np.asarray(weights * np.minimum(1.0, limit / sums)[owners])
