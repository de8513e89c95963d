"""The turns that make a photo upright which was stored sideways or upside down."""

from dataclasses import replace
from enum import Enum

from PIL import Image

from model.faces.face import Face, Rectangle


class QuarterTurn(Enum):
    """How far a photo is turned counterclockwise, in degrees, to become upright."""

    LEFT = 90
    OVER = 180
    RIGHT = 270

    @property
    def transposition(self) -> Image.Transpose:
        """The operation of Pillow that turns the photo."""
        return Image.Transpose[f"ROTATE_{self.value}"]

    def undo(self, face: Face, size: tuple[int, int]) -> Face:
        """Convert a face in the turned photo to the same face in the photo as it was stored.

        Args:
            face: a face, in pixels of the turned photo.
            size: width and height of the photo before the turn, in pixels.
        """
        left, top, right, bottom = face.box
        one, other = self._point(left, top, size), self._point(right, bottom, size)
        box: Rectangle = (
            min(one[0], other[0]),
            min(one[1], other[1]),
            max(one[0], other[0]),
            max(one[1], other[1]),
        )
        # What was turned counterclockwise leans that much clockwise before.
        tilt = (face.tilt + self.value + 180) % 360 - 180
        return replace(face, box=box, centre=self._point(*face.centre, size), tilt=tilt)

    def _point(self, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
        width, height = size
        match self:
            case QuarterTurn.LEFT:
                return width - y, x
            case QuarterTurn.OVER:
                return width - x, height - y
            case QuarterTurn.RIGHT:
                return y, height - x
