"""HEIF pictures, decoded in a process of their own with limited memory and time.

The format is a small programming language: a file of a few kilobytes can ask for the same
67-megapixel tile a thousand times (measured here: 0.4 s and 200 MB for each), and the sizes in its
header need not be those of its bit stream. The decoder has no option that bounds its work, so the
operating system does. The process costs 0.1 s, little beside decoding HEVC itself.
"""

import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.errors import DamagedImageError, ImageError, ImageTooSmallError, TooManyPixelsError

# Wall-clock seconds. A 48-megapixel photo takes 2 s on two cores.
TIMEOUT_S = 20.0
_REFUSALS: dict[str, type[ImageError]] = {
    error.__name__: error for error in (TooManyPixelsError, ImageTooSmallError)
}

logger = logging.getLogger(__name__)


def decode_heif(data: bytes) -> tuple[NDArray[np.uint8], int, int]:
    """Decode a HEIF file.

    Args:
        data: the whole file.

    Returns:
        Upright RGB pixels, reduced to at most `validation.MAX_SIDE`, and the width and height of
        the upright photo as sent.

    Raises:
        ImageError: it cannot be decoded, or not within the limits.
    """
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "model.images.heif_worker"],
            input=data,
            capture_output=True,
            cwd=Path(__file__).parents[2],
            timeout=TIMEOUT_S,
            check=True,
        )
    except subprocess.SubprocessError as error:
        # For the operator: a broken installation would look like broken pictures.
        stderr = getattr(error, "stderr", None) or b""
        logger.warning("A HEIF file was not decoded: %s %s", error, stderr.decode()[-500:])
        raise DamagedImageError from error
    header, _, pixels = finished.stdout.partition(b"\n")
    answer = json.loads(header)
    if "refused" in answer:
        raise _REFUSALS[answer["refused"]](*answer["arguments"])
    shape = answer["rows"], answer["columns"], 3
    array = np.frombuffer(pixels, np.uint8).reshape(shape).copy()
    return array, answer["width"], answer["height"]
