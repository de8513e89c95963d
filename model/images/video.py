"""Frames of a video, decoded in a separate process with limited memory and time.

Needs the extra `video` (PyAV). What is decoded of a file, and how much, is in `video_worker`.
"""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import IO, Any

from PIL import Image

from model.errors import (
    ImageError,
    ImageTimeoutError,
    ImageTooSmallError,
    TooManyPixelsError,
    UnreadableVideoError,
    VideoTooLongError,
)
from model.images import worker_process
from model.images.decoding import DecodedImage
from model.images.validation import sniff_format

MAX_SECONDS = 60  # of a video that is looked at
MAX_FRAMES = 10  # that are decoded of it
# Elapsed time, with what the caller does between the frames. Long, because a computer may be busy:
# processor time has a limit of its own. Less than the bot allows for a photo.
TIMEOUT_S = 45.0
# The same container with pictures in it that are no HEIF.
_STILL_BRANDS = frozenset({b"avif", b"avis", b"mif1", b"msf1"})
_REFUSALS: dict[str, type[ImageError]] = {
    error.__name__: error for error in (TooManyPixelsError, ImageTooSmallError, VideoTooLongError)
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """A frame of a video."""

    image: DecodedImage
    at_s: float  # when it is shown, in seconds from the beginning


def is_video(data: bytes) -> bool:
    """Return whether a file is MP4 or WebM, by its first bytes."""
    if data[4:8] == b"ftyp":
        return data[8:12] not in _STILL_BRANDS and sniff_format(data) is None
    return data.startswith(b"\x1a\x45\xdf\xa3")


@cache
def can_read_videos() -> bool:
    """Return whether the extra `video` is installed."""
    return find_spec("av") is not None


@contextmanager
def open_frames(data: bytes) -> Iterator[Iterator[DecodedFrame]]:
    """Decode up to `MAX_FRAMES` frames, spread over the video, one by one as they are asked for.

    The process ends with the block, so frames that nobody asks for are not decoded.

    Args:
        data: content of a file for which `is_video` is true.

    Raises:
        UnreadableVideoError: the file cannot be decoded, or the extra `video` is not installed.
        ImageTimeoutError: it takes too long.
        VideoTooLongError: it is longer than `MAX_SECONDS`.
        TooManyPixelsError: a frame has more pixels than are accepted.
        ImageTooSmallError: a side is shorter than `validation.MIN_SIDE`.
    """
    if not can_read_videos():
        raise UnreadableVideoError
    # Not a pipe for its errors: nobody would empty it while frames are read.
    with TemporaryFile() as errors, _started(errors) as process:
        is_late = threading.Event()
        timer = threading.Timer(TIMEOUT_S, _kill, (process, is_late))
        timer.start()
        try:
            yield _frames(process, data, is_late, errors)
        finally:
            timer.cancel()


@contextmanager
def _started(errors: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the process, and kill it at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "model.images.video_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=worker_process.FOLDER,
        env=worker_process.environment(),
    )
    try:
        yield process
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                _pipe(pipe).close()
        process.wait()


def _frames(
    process: subprocess.Popen[bytes], data: bytes, is_late: threading.Event, errors: IO[bytes]
) -> Iterator[DecodedFrame]:
    stdin, stdout = _pipe(process.stdin), _pipe(process.stdout)
    with suppress(BrokenPipeError):  # it has ended early; its exit status says why
        stdin.write(data)
        stdin.close()
    count = 0
    while (header := stdout.readline()).endswith(b"\n"):  # a killed process may not end its line
        answer = json.loads(header)
        if "refused" in answer:
            raise _REFUSALS[answer["refused"]](*answer["arguments"])
        frame = _read_frame(answer, stdout)
        if frame is None:
            break
        count += 1
        yield frame
    status = process.wait()
    if status != 0 or not count:
        _log(status, errors)
        late = is_late.is_set() or worker_process.used_up_its_time(status)
        raise ImageTimeoutError if late else UnreadableVideoError


def _read_frame(answer: dict[str, Any], stdout: IO[bytes]) -> DecodedFrame | None:
    """Read the pixels of a frame; None if they are cut off."""
    size = answer["columns"], answer["rows"]
    pixels = stdout.read(size[0] * size[1] * 3)
    if len(pixels) < size[0] * size[1] * 3:
        return None
    rgb = Image.frombytes("RGB", size, pixels)
    return DecodedFrame(DecodedImage(rgb, answer["width"], answer["height"]), answer["at"])


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("Expected the process to have been started with pipes.")
    return pipe


def _kill(process: subprocess.Popen[bytes], is_late: threading.Event) -> None:
    is_late.set()
    process.kill()


def _log(status: int, errors: IO[bytes]) -> None:
    # A broken installation would look like damaged videos.
    errors.seek(0)
    said = errors.read().decode(errors="replace")
    logger.warning("Cannot decode a video: status %s %s", status, said[-500:])
