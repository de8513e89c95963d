"""Natural faces beside the repository, as photos in which the bot finds them."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.data.face_set import FaceSet
from scripts.benchmarks.shipped_view import load_unseen
from tests.support.dataset import DATASET

_FACE, _PHOTO = 240, 400  # sides of the face and of the photo, in pixels

Grey = NDArray[np.uint8]


def unseen_faces() -> FaceSet:
    """Return happy and sad faces that the shipped model neither learned from nor is judged on."""
    return load_unseen(DATASET / "faces").calibration


def photo_of(grey: Grey) -> bytes:
    """Return a photo of a face in front of an even wall, as JPEG."""
    face = Image.fromarray(grey).resize((_FACE, _FACE), Image.Resampling.BICUBIC)
    photo = Image.new("L", (_PHOTO, _PHOTO), int(grey.mean()))
    photo.paste(face, ((_PHOTO - _FACE) // 2,) * 2)
    stream = io.BytesIO()
    photo.convert("RGB").save(stream, "JPEG", quality=92)
    return stream.getvalue()
