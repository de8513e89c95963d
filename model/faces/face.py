"""The result of face detection."""

from dataclasses import dataclass

Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


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

    box: Rectangle
    centre: tuple[float, float]
    side: float
    tilt: float
    score: float


def intersection_over_union(one: Rectangle, other: Rectangle) -> float:
    """Return how much two rectangles have in common, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    return shared / (_area(one) + _area(other) - shared)


def _area(rectangle: Rectangle) -> float:
    return (rectangle[2] - rectangle[0]) * (rectangle[3] - rectangle[1])
