"""The result of face detection."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a photo, in pixels of the photo.

    Attributes:
        box: left, top, right, bottom, clipped to the photo.
        centre: x, y of the centre of the unclipped box.
        side: mean of width and height of the unclipped box.
        tilt: in-plane rotation of the line through the eyes, in degrees; positive is clockwise.
        score: detector score, 0 to 1.
    """

    box: tuple[float, float, float, float]
    centre: tuple[float, float]
    side: float
    tilt: float
    score: float
