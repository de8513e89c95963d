"""BlazeFace: a square image in, face candidates out.

Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", in two
variants of MediaPipe.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from model.faces.weights import weights_file
from model.network.litert import HALF_OF_CORES, LiteRTModel

# (cells per side, anchors per cell): the finer stride once and twice that stride three times, two
# anchors each.
_GRIDS = ((16, 2), (8, 6))
_MAX_LOGIT = 80.0  # beyond it exp() overflows a 32-bit float
# Intersection over the smaller box from which one box is a part of the other. The boxes of people
# cheek to cheek reach 0.44.
_MIN_PART_IOS = 0.6
# From this intersection over union, a candidate found at another scale is a known one.
_MIN_KNOWN_IOU = 0.3


class Variant(Enum):
    """A trained network: its file, and the side of its input in pixels."""

    BACK_CAMERA = "face_detection_back.tflite", 256
    SHORT_RANGE = "face_detection_short_range.tflite", 128  # a seventh of the time


@dataclass(frozen=True, slots=True)
class Candidates:
    """Possible faces, in units of the input's side (0 to 1 inside the image).

    Attributes:
        boxes: (count, 4): left, top, right, bottom.
        points: (count, 6, 2): x, y of right eye, left eye, nose tip, mouth, right ear, left ear
            (right and left as the person's own).
        scores: (count,), 0 to 1.
    """

    boxes: NDArray[np.float32]
    points: NDArray[np.float32]
    scores: NDArray[np.float32]

    @classmethod
    def none(cls) -> "Candidates":
        """Return no candidates."""
        return cls(*(np.empty((0, *shape), np.float32) for shape in ((4,), (6, 2), ())))

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def sides(self) -> NDArray[np.float32]:
        """(count,): the longer side of each box."""
        return np.asarray((self.boxes[:, 2:] - self.boxes[:, :2]).max(axis=1, initial=0.0))

    def selected(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> "Candidates":
        """Return some of the candidates, by a mask or by their indices."""
        return Candidates(self.boxes[kept], self.points[kept], self.scores[kept])

    def largest(self, count: int) -> "Candidates":
        """Return the candidates with the largest boxes, in the order they have here."""
        return self.selected(np.sort(np.argsort(-self.sides, kind="stable")[:count]))

    def outside(self, known: "Candidates") -> "Candidates":
        """Return the candidates that neither are one of some known ones nor a part of one."""
        kept = np.ones(len(self), bool)
        for box in known.boxes:
            iou, ios = _box_iou_and_ios(box, self.boxes)
            kept &= (iou < _MIN_KNOWN_IOU) & (ios < _MIN_PART_IOS)
        return self.selected(kept)

    def transformed(self, scale: float, left: float, top: float) -> "Candidates":
        """Return the candidates in the coordinates of another image.

        Args:
            scale: length of one unit in the other image; above 0.
            left: position of x = 0 in the other image.
            top: position of y = 0 in the other image.
        """
        offset = np.array([left, top], np.float32)
        return Candidates(
            self.boxes * np.float32(scale) + np.tile(offset, 2),
            self.points * np.float32(scale) + offset,
            self.scores,
        )


def concatenate(parts: list[Candidates]) -> Candidates:
    """Join at least one set of candidates, all in the same coordinates."""
    return Candidates(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


class BlazeFace:
    """One of the networks; any number of threads may use it at once.

    Args:
        variant: which one.

    Attributes:
        input_side: side of its input, in pixels.

    Raises:
        ModelNotFoundError: the distribution that contains the weights is not installed.
    """

    def __init__(self, variant: Variant) -> None:
        file, self.input_side = variant.value
        # The smaller network is small, and takes most of the time.
        most = HALF_OF_CORES if variant is Variant.BACK_CAMERA else None
        self._model = LiteRTModel(weights_file(file).read_bytes(), most)
        self._anchors = _anchor_centres()

    def detect(self, square: NDArray[np.uint8], min_score: float) -> Candidates:
        """Find candidates; each face gives several that overlap.

        Args:
            square: (input_side, input_side, 3) RGB.
            min_score: lowest score of a candidate, 0 to 1.

        Returns:
            The candidates, unordered.
        """
        inputs = square.astype(np.float32)[None]
        inputs *= np.float32(1 / 127.5)
        inputs -= np.float32(1)
        raw_boxes, raw_scores = self._model.run(inputs)
        logits = np.clip(raw_scores[0, :, 0], -_MAX_LOGIT, _MAX_LOGIT)
        scores = (1 / (1 + np.exp(-logits))).astype(np.float32)
        kept = scores >= min_score
        offsets = raw_boxes[0, kept] / np.float32(self.input_side)
        return _decode(offsets, self._anchors[kept], scores[kept])


def _anchor_centres() -> NDArray[np.float32]:
    """Return (896, 2) x, y of the anchors; all have size 1, so only their centres matter."""
    grids = []
    for cells, repeats in _GRIDS:
        axis = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(axis, axis, indexing="ij")
        grids.append(np.stack([x, y], axis=-1).reshape(-1, 2).repeat(repeats, axis=0))
    return np.concatenate(grids)


def _decode(
    raw: NDArray[np.float32], anchors: NDArray[np.float32], scores: NDArray[np.float32]
) -> Candidates:
    """Convert offsets from the anchors (centre, size, six points) to boxes and points."""
    pairs = raw.reshape(-1, 8, 2)
    centre = pairs[:, 0] + anchors
    half = pairs[:, 1] / 2
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    return Candidates(boxes, pairs[:, 2:] + anchors[:, None], scores)


def weighted_nms(candidates: Candidates, iou_threshold: float) -> Candidates:
    """Merge overlapping candidates by weighted non-maximum suppression.

    As in the BlazeFace paper (section 3.4), the boxes and points that overlap the best candidate
    are averaged with their scores as weights, which makes them steadier. A box that is only a part
    of the best one, for example of a face cut by a tile, is dropped because it would pull the
    average to one side.

    Args:
        candidates: output of `BlazeFace.detect`.
        iou_threshold: intersection over union from which two candidates are one face, 0 to 1.

    Returns:
        One candidate per face, best score first; its score is the best of those merged.
    """
    boxes, points, scores = [], [], []
    remaining = np.argsort(-candidates.scores, kind="stable")
    while len(remaining):
        best = remaining[0]
        iou, ios = _box_iou_and_ios(candidates.boxes[best], candidates.boxes[remaining])
        same = iou >= iou_threshold
        same[0] = True  # a box without area does not even overlap itself
        group = remaining[same]
        weights = candidates.scores[group] / candidates.scores[group].sum()
        boxes.append(np.tensordot(weights, candidates.boxes[group], 1))
        points.append(np.tensordot(weights, candidates.points[group], 1))
        scores.append(candidates.scores[best])
        remaining = remaining[~(same | (ios >= _MIN_PART_IOS))]
    return Candidates(
        np.asarray(boxes, np.float32).reshape(-1, 4),
        np.asarray(points, np.float32).reshape(-1, 6, 2),
        np.asarray(scores, np.float32),
    )


def _box_iou_and_ios(
    box: NDArray[np.float32], boxes: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (count,) each: intersection over union, and over the smaller box, with each box."""
    width = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    height = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    intersection = np.clip(width, 0, None) * np.clip(height, 0, None)
    areas, area = _areas(boxes), float(_areas(box[None])[0])
    union = np.maximum(areas + area - intersection, 1e-9)
    smaller = np.maximum(np.minimum(areas, area), 1e-9)
    return intersection / union, intersection / smaller


def _areas(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return np.asarray(sides[:, 0] * sides[:, 1])
