"""Weighted non-maximum suppression: overlapping candidates become one averaged face.

As in MediaPipe (Bazarevsky et al. 2019, section 3.4): the boxes and points that overlap the
best-scored candidate are averaged with their scores as weights, which steadies them.
"""

import numpy as np
from numpy.typing import NDArray

from model.faces.blazeface import Candidates

# Share of the smaller box inside the other from which it is a part of it. The boxes of people
# cheek to cheek reach 0.44.
_PART = 0.6


def weighted_nms(candidates: Candidates, overlap: float) -> Candidates:
    """Merge candidates that are of the same face.

    Args:
        candidates: as the detector gives them.
        overlap: intersection over union from which two candidates are one face, 0 to 1.

    Returns:
        One candidate a face, best score first; its score is the best of those merged.
    """
    boxes, points, scores = [], [], []
    left = np.argsort(-candidates.scores, kind="stable")
    while len(left):
        same, part = _compare(candidates.boxes[left[0]], candidates.boxes[left], overlap)
        same[0] = True  # a degenerate box would not even overlap itself
        group = left[same]
        weights = candidates.scores[group] / candidates.scores[group].sum()
        boxes.append(np.tensordot(weights, candidates.boxes[group], 1))
        points.append(np.tensordot(weights, candidates.points[group], 1))
        scores.append(candidates.scores[left[0]])
        left = left[~(same | part)]
    return Candidates(
        np.asarray(boxes, np.float32).reshape(-1, 4),
        np.asarray(points, np.float32).reshape(-1, 6, 2),
        np.asarray(scores, np.float32),
    )


def _compare(
    box: NDArray[np.float32], boxes: NDArray[np.float32], overlap: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(count,) each: which boxes overlap `box` enough to be averaged, and which are part of it.

    "Part" holds for either of the two in the other. A tile that cuts a face gives a small box of
    the part it sees; its intersection with the whole face's box over the smaller area is large
    although their union is, too. It is left out rather than averaged, for it would pull the box
    to one side.
    """
    width = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    height = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    shared = np.clip(width, 0, None) * np.clip(height, 0, None)
    area = _area(boxes)
    own = float(_area(box[None])[0])
    union = np.maximum(area + own - shared, 1e-9)
    smaller = np.maximum(np.minimum(area, own), 1e-9)
    return np.asarray(shared / union >= overlap), np.asarray(shared / smaller >= _PART)


def _area(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return np.asarray(sides[:, 0] * sides[:, 1])
