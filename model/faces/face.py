"""What a found face consists of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture, in its pixels.

    Args:
        box: left, top, right, bottom, clipped to the picture.
        centre: x, y of the box before it was clipped.
        side: mean of width and height of the box before it was clipped.
        tilt: in-plane rotation by the line through the eyes, in degrees; positive is clockwise.
        score: detector score, 0 to 1.
    """

    box: tuple[float, float, float, float]
    centre: tuple[float, float]
    side: float
    tilt: float
    score: float
