"""What a network of all expressions is trained to answer, and the network of two moods in it."""

import keras
import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet
from model.data.folder_layout import HAPPY, SAD
from model.data.votes import EXPRESSIONS
from model.network.architecture import build_network, copy_backbone
from model.network.network_config import NetworkConfig

Targets = NDArray[np.float32]


def expression_targets(faces: FaceSet, names: tuple[str, ...]) -> tuple[NDArray[np.uint8], Targets]:
    """Return faces with the probabilities that a network should give each expression.

    Args:
        faces: the faces.
        names: the label names of their data set.

    Returns:
        (count, size, size) grey levels, and (count, expressions) targets. Without votes: 1 for the
        label, in the order of `names`. With votes: the share of the votes for each of
        `EXPRESSIONS`. A face without a vote has all of them on its label; if that is no
        expression, it is left out.
    """
    if faces.votes is None:
        return faces.greys, np.eye(len(names), dtype=np.float32)[faces.labels]
    of_label = np.array([[name == one for one in EXPRESSIONS] for name in names], np.float32)
    votes = np.where(faces.votes.any(axis=1, keepdims=True), faces.votes, of_label[faces.labels])
    known = votes.any(axis=1)
    return faces.greys[known], votes[known] / votes[known].sum(axis=1, keepdims=True)


def neither_targets(faces: FaceSet, names: tuple[str, ...]) -> Targets:
    """Return how likely it is that each face is neither happy nor sad, (count,).

    Args:
        faces: the faces.
        names: the label names of their data set.

    Returns:
        The share of the votes for other expressions; of a face without a vote, 0 or 1 by its label.
    """
    is_mood = np.array([name in (HAPPY, SAD) for name in names])
    targets = np.where(is_mood[faces.labels], 0, 1).astype(np.float32)
    if faces.votes is None:
        return targets
    count = faces.votes.sum(axis=1)
    moods = faces.votes[:, [EXPRESSIONS.index(HAPPY), EXPRESSIONS.index(SAD)]].sum(axis=1)
    return np.where(count > 0, 1 - moods / np.maximum(count, 1), targets).astype(np.float32)


def happy_or_sad(network: keras.Sequential, config: NetworkConfig) -> keras.Sequential:
    """Return the network that gives P(happy | happy or sad) of a network of `EXPRESSIONS`.

    The ratio of two of a softmax's probabilities is the sigmoid of the difference of their logits,
    so the result is exact.

    Args:
        network: the network of all expressions.
        config: shape of the network.
    """
    result = build_network(config, fused=True)
    copy_backbone(network, result)
    weights, bias = network.layers[-1].get_weights()
    happy, sad = EXPRESSIONS.index(HAPPY), EXPRESSIONS.index(SAD)
    difference = weights[:, happy] - weights[:, sad]
    result.layers[-1].set_weights([difference[:, None], bias[[happy]] - bias[[sad]]])
    return result
