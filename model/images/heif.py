"""HEIF files, decoded in a separate process with limited memory and time.

A file of a few kilobytes can ask for the same 67-megapixel tile a thousand times (measured: 0.4 s
and 200 MB each), and the sizes in its header may differ from those in its bit stream. The decoder
has no option that limits its work, so the operating system does. Starting the process takes 0.1 s,
which is little compared with decoding HEVC.
"""

import json
import logging
import subprocess
import sys

import numpy as np
from numpy.typing import NDArray

from model.errors import (
    DamagedImageError,
    ImageError,
    ImageTimeoutError,
    ImageTooSmallError,
    TooManyPixelsError,
)
from model.images import worker_process

# A 48-megapixel photo takes 2 s on two cores. This is less than the bot allows for a whole photo.
TIMEOUT_S = 8.0
_REFUSALS: dict[str, type[ImageError]] = {
    error.__name__: error for error in (TooManyPixelsError, ImageTooSmallError)
}

logger = logging.getLogger(__name__)


def decode_heif(data: bytes) -> tuple[NDArray[np.uint8], int, int]:
    """Decode a HEIF file.

    Args:
        data: content of the file.

    Returns:
        Upright RGB pixels, scaled down to `validation.MAX_SIDE`, and the width and height of the
        upright image before that.

    Raises:
        ImageTimeoutError: it takes too long.
        ImageError: the file cannot be decoded, or not within the other limits.
    """
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "model.images.heif_worker"],
            input=data,
            capture_output=True,
            cwd=worker_process.FOLDER,
            env=worker_process.environment(),
            timeout=TIMEOUT_S,
            check=True,
        )
    except subprocess.SubprocessError as error:
        # Log it: a broken installation would look like damaged images.
        stderr = (getattr(error, "stderr", None) or b"").decode(errors="replace")
        logger.warning("Cannot decode a HEIF file: %s %s", error, stderr[-500:])
        raise (ImageTimeoutError if _took_too_long(error) else DamagedImageError) from error
    header, _, pixels = finished.stdout.partition(b"\n")
    answer = json.loads(header)
    if "refused" in answer:
        raise _REFUSALS[answer["refused"]](*answer["arguments"])
    shape = answer["rows"], answer["columns"], 3
    array = np.frombuffer(pixels, np.uint8).reshape(shape).copy()
    return array, answer["width"], answer["height"]


def _took_too_long(error: subprocess.SubprocessError) -> bool:
    return isinstance(error, subprocess.TimeoutExpired) or (
        isinstance(error, subprocess.CalledProcessError)
        and worker_process.used_up_its_time(error.returncode)
    )
