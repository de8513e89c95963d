"""BlazeFace: 256×256 pixels in, candidate faces out.

Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", in the
back-camera variant of MediaPipe.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.faces.weights import weights_file
from model.network.litert import LiteRTModel

INPUT_SIDE = 256
# (cells a side, anchors a cell): strides 16 and three times 32, two anchors each.
_GRIDS = ((16, 2), (8, 6))
_MAX_LOGIT = 80.0  # beyond it exp() overflows a 32-bit float
_FILE = "face_detection_back.tflite"


@dataclass(frozen=True, slots=True)
class Candidates:
    """Possible faces, in units of the input's side (0 to 1 inside the picture).

    Args:
        boxes: (count, 4): left, top, right, bottom.
        points: (count, 6, 2): x, y of right eye, left eye, nose tip, mouth, right ear, left ear
            (right and left as the person's own).
        scores: (count,), 0 to 1.
    """

    boxes: NDArray[np.float32]
    points: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)

    def placed(self, scale: float, left: float, top: float) -> "Candidates":
        """The same faces in another picture's units.

        Args:
            scale: how long the units of these are in those of the other picture; above 0.
            left: where x = 0 lies in the other picture, in its units.
            top: where y = 0 lies in the other picture, in its units.
        """
        move = np.array([left, top], np.float32)
        return Candidates(
            self.boxes * np.float32(scale) + np.tile(move, 2),
            self.points * np.float32(scale) + move,
            self.scores,
        )


def concatenate(parts: list[Candidates]) -> Candidates:
    """All candidates of several passes as one set.

    Args:
        parts: at least one set, all in the units of one picture.
    """
    return Candidates(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


class BlazeFace:
    """The detector; any number of threads may call it at once.

    Raises:
        ModelNotFoundError: the distribution that holds the weights is not installed.
    """

    def __init__(self) -> None:
        self._model = LiteRTModel(weights_file(_FILE).read_bytes())
        self._anchors = _anchor_centres()

    def detect(self, square: NDArray[np.uint8], min_score: float) -> Candidates:
        """Find candidate faces; each face gives several that overlap.

        Args:
            square: (256, 256, 3) RGB.
            min_score: candidates below this score are left out, 0 to 1.

        Returns:
            The candidates, unordered.
        """
        picture = square.astype(np.float32)[None] / np.float32(127.5) - np.float32(1)
        raw_boxes, raw_scores = self._model.run(picture)
        logits = np.clip(raw_scores[0, :, 0], -_MAX_LOGIT, _MAX_LOGIT)
        scores = (1 / (1 + np.exp(-logits))).astype(np.float32)
        kept = scores >= min_score
        return _decode(raw_boxes[0, kept], self._anchors[kept], scores[kept])


def _anchor_centres() -> NDArray[np.float32]:
    """(896, 2) x, y of the anchors; all have the size 1, so that only centres matter."""
    grids = []
    for cells, repeats in _GRIDS:
        axis = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(axis, axis, indexing="ij")
        grids.append(np.stack([x, y], axis=-1).reshape(-1, 2).repeat(repeats, axis=0))
    return np.concatenate(grids)


def _decode(
    raw: NDArray[np.float32], anchors: NDArray[np.float32], scores: NDArray[np.float32]
) -> Candidates:
    """From offsets to anchors (centre, size, six points) to boxes and points."""
    pairs = raw.reshape(-1, 8, 2) / np.float32(INPUT_SIDE)
    centre = pairs[:, 0] + anchors
    half = pairs[:, 1] / 2
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    return Candidates(boxes, pairs[:, 2:] + anchors[:, None], scores)
