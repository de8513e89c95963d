"""A face cut out of its photo once more, in the resolution of the photo."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.faces.crops import sharp_face_crop
from model.faces.face import Face, Rectangle, intersection_over_union
from model.images.decoding import decode
from model.network.preprocessing import Preprocessing
from model.prediction.results import FaceInPhoto

MAX_SIDE = 1024  # pixels
# The same detector finds the same face again; the rest is for boxes that were rounded.
_MIN_IOU = 0.8


class Detector(Protocol):
    """The part of `model.faces.detector.FaceDetector` that is needed here."""

    def detect(self, photo: Image.Image) -> list[Face]:
        """Find the faces in an RGB photo."""
        ...


def sharp_crop(
    place: FaceInPhoto, detector: Detector, settings: Preprocessing
) -> NDArray[np.uint8] | None:
    """Cut out the square around a face that `model.faces.crops.face_crop` cuts out.

    Args:
        place: where the face is.
        detector: the one that found the face.
        settings: those with which the crop was made.

    Returns:
        (side, side, 3) RGB, with a side of at most 1024 pixels; None if the detector does not find
        this face any more.

    Raises:
        ImageError: the file cannot be used.
    """
    image = decode(place.file)
    width, height = image.rgb.size
    box = _scale(place, width / image.width, height / image.height)
    for face in detector.detect(image.rgb):
        if intersection_over_union(face.box, box) >= _MIN_IOU:
            return sharp_face_crop(image.rgb, face, settings, MAX_SIDE)
    return None


def _scale(place: FaceInPhoto, horizontally: float, vertically: float) -> Rectangle:
    box = place.box
    left, right = box.left * horizontally, box.right * horizontally
    return left, box.top * vertically, right, box.bottom * vertically
