"""Faces with the marks of strong JPEG compression, as part of data augmentation."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Batch = NDArray[np.float32]  # (batch, side, side), grey levels 0 to 255

_QUALITIES = 7, 40  # of JPEG: lowest, and just above the highest


def compress(faces: Batch, share: float, rng: np.random.Generator) -> Batch:
    """Store some of the faces as JPEG of low quality, as small previews and old uploads are.

    Args:
        faces: the faces; they are changed.
        share: how many of them to compress, 0 to 1.
        rng: the source of randomness.

    Returns:
        The faces.
    """
    for index in np.flatnonzero(rng.random(len(faces)) < share):
        picture = Image.fromarray(faces[index].round().clip(0, 255).astype(np.uint8))
        file = BytesIO()
        picture.save(file, "JPEG", quality=int(rng.integers(*_QUALITIES)))
        faces[index] = np.asarray(Image.open(file), np.float32)
    return faces
