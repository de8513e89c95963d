"""Finding faces: search the photo, look again at each candidate, keep the real ones.

1. BlazeFace searches the whole photo, then, if it is large, overlapping tiles of it, in which
   small faces are large enough to be seen.
2. Each candidate is looked at again alone, enlarged and centred: that steadies its box and its
   eye points, and tiles that cut a face or a detail that only looked like one drop out.
3. A candidate that the face-presence network confirms is a face. One that it does not confirm
   still counts if the detector was very sure: faces behind hands, and drawn ones.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.faces.blazeface import INPUT_SIDE, BlazeFace, Candidates, concatenate
from model.faces.crops import square_crop
from model.faces.face import Face
from model.faces.nms import weighted_nms
from model.faces.presence import FacePresence

MIN_SCORE = 0.5  # below it, nearly all candidates in web photos are no faces
SURE_SCORE = 0.75  # from it on, a candidate needs no confirmation
MIN_REFINED_SCORE = 0.35  # at the second look
MIN_PRESENCE = 0.5
MIN_WIDTH = 14  # pixels; a smaller face has too few to show a mood
MAX_FACES = 40  # the largest are kept
# Intersection over union of two boxes of one face. Heads side by side reach 0.36, so that
# MediaPipe's 0.3 would make one of two.
_OVERLAP = 0.45
_TILED_FROM = 640  # pixels of the longest side; below it, tiles would only enlarge blur
# A face of 32 pixels is 19 of the detector's 256 in a tile of this side, enough to be seen.
_TILE_SIDE = 432
_TILE_OVERLAP = 0.25  # of neighbours; faces too large for it are seen in the whole picture
_MAX_SHIFT = 0.2  # of a box's centre at the second look, as a share of its side
_CONTEXT = 2.5  # side of the second look, as a multiple of the box


class FaceDetector:
    """Finds faces; any number of threads may call it at once.

    Args:
        tiled: search large photos in tiles, too; without it, small faces are missed.

    Raises:
        ModelNotFoundError: the distribution that holds the detector is not installed.
    """

    def __init__(self, *, tiled: bool = True) -> None:
        self._tiled = tiled
        self._blazeface = BlazeFace()
        self._presence = FacePresence()

    def detect(self, pixels: NDArray[np.uint8]) -> list[Face]:
        """Find the faces in a picture.

        Args:
            pixels: (height, width, 3) RGB, upright.

        Returns:
            The faces, largest first; none if there are none.
        """
        picture = Image.fromarray(pixels)
        candidates = weighted_nms(self._search(picture), _OVERLAP)
        seen = [self._refine(picture, candidates, index) for index in range(len(candidates))]
        confirmed = [candidate for candidate in seen if candidate is not None]
        if not confirmed:
            return []
        merged = weighted_nms(concatenate(confirmed), _OVERLAP)
        faces = [_face(merged, index, picture.size) for index in range(len(merged))]
        faces = [face for face in faces if face.side >= MIN_WIDTH]
        return sorted(faces, key=lambda face: -face.side)[:MAX_FACES]

    def _search(self, picture: Image.Image) -> Candidates:
        """All candidates from the whole picture and, if it is large, from its tiles."""
        whole = (0.0, 0.0, float(picture.width), float(picture.height))
        regions = [whole]
        if self._tiled and max(picture.size) >= _TILED_FROM:
            regions += tiles(picture.width, picture.height, _TILE_SIDE)
        return concatenate([self._detect(picture, region, MIN_SCORE) for region in regions])

    def _detect(
        self, picture: Image.Image, region: tuple[float, float, float, float], min_score: float
    ) -> Candidates:
        """Candidates of one region, in the picture's pixels; the region is padded to a square."""
        left, top, right, bottom = region
        scale = INPUT_SIDE / max(right - left, bottom - top)
        width = max(1, round((right - left) * scale))
        height = max(1, round((bottom - top) * scale))
        part = picture.resize(
            (width, height), Image.Resampling.BILINEAR, box=region, reducing_gap=2.0
        )
        square = Image.new("RGB", (INPUT_SIDE, INPUT_SIDE))
        x, y = (INPUT_SIDE - width) // 2, (INPUT_SIDE - height) // 2
        square.paste(part, (x, y))
        found = self._blazeface.detect(np.asarray(square), min_score)
        return found.placed(INPUT_SIDE / scale, left - x / scale, top - y / scale)

    def _refine(
        self, picture: Image.Image, candidates: Candidates, index: int
    ) -> Candidates | None:
        """The candidate as a second, closer look sees it; None if it is no face."""
        box = candidates.boxes[index]
        first_score = float(candidates.scores[index])
        side = float(max(box[2] - box[0], box[3] - box[1])) * _CONTEXT
        x, y = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
        look = square_crop(picture, (x, y), side, 0.0, INPUT_SIDE)
        found = weighted_nms(self._blazeface.detect(np.asarray(look), MIN_REFINED_SCORE), _OVERLAP)
        centres = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
        distances = np.abs(centres - 0.5).max(axis=1, initial=0.0)
        # The nearest, not the best: beside a face there may be another, clearer one.
        best = np.argsort(distances)[:1]
        if not len(best) or distances[best[0]] > _MAX_SHIFT:
            return None
        again = Candidates(
            found.boxes[best],
            found.points[best],
            np.maximum(found.scores[best], np.float32(first_score)),
        ).placed(side, x - side / 2, y - side / 2)
        if first_score >= SURE_SCORE or self._is_present(picture, again):
            return again
        return None

    def _is_present(self, picture: Image.Image, candidate: Candidates) -> bool:
        face = _face(candidate, 0, picture.size)
        return self._presence.score(picture, face.centre, face.side, face.tilt) >= MIN_PRESENCE


def tiles(width: int, height: int, side: int) -> list[tuple[float, float, float, float]]:
    """Overlapping square tiles that cover a picture.

    Args:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        side: of a tile, in pixels.

    Returns:
        left, top, right, bottom of each; neighbours share at least a quarter of their side.
    """
    starts = product(_tile_starts(height, side), _tile_starts(width, side))
    return [(x, y, min(width, x + side), min(height, y + side)) for y, x in starts]


def _tile_starts(length: int, side: int) -> list[float]:
    if length <= side:
        return [0.0]
    steps = int(np.ceil((length - side) / (side * (1 - _TILE_OVERLAP))))
    return [(length - side) * step / steps for step in range(steps + 1)]


def _face(candidates: Candidates, index: int, size: tuple[int, int]) -> Face:
    left, top, right, bottom = (float(value) for value in candidates.boxes[index])
    eyes = candidates.points[index, :2]
    across = eyes[1] - eyes[0]
    return Face(
        box=(max(0.0, left), max(0.0, top), min(size[0], right), min(size[1], bottom)),
        centre=((left + right) / 2, (top + bottom) / 2),
        side=(right - left + bottom - top) / 2,
        tilt=float(np.degrees(np.arctan2(across[1], across[0]))),
        score=float(candidates.scores[index]),
    )
