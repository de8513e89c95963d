"""The process behind `heif.decode_heif`: a HEIF file on standard input, its pixels on output.

The output is one line of JSON, {"width", "height", "rows", "columns"}, then the RGB pixels; or
{"refused": name of the error, "arguments": its arguments}. Any other failure is a traceback on
standard error and a non-zero exit status.
"""

import json
import resource
import sys
from io import BytesIO

import pillow_heif
from PIL import Image

from model.errors import ImageTooSmallError, TooManyPixelsError
from model.images.color_profiles import reduced_rgb
from model.images.validation import MAX_PIXELS, check_size

# Bytes of private memory; the picture, its copies while its colours are converted, and Python.
MAX_MEMORY = 450_000_000
_DECODING_MEMORY = 400_000_000
_CPU_SECONDS = 40


def main() -> None:
    """Decode standard input."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, _CPU_SECONDS)
    _limit(resource.RLIMIT_DATA, MAX_MEMORY)
    try:
        width, height, image = _decoded(sys.stdin.buffer.read())
    except (TooManyPixelsError, ImageTooSmallError) as error:
        refusal = {
            "refused": type(error).__name__,
            "arguments": [error.width, error.height, error.limit],
        }
        print(json.dumps(refusal))
        return
    answer = {"width": width, "height": height, "rows": image.height, "columns": image.width}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + image.tobytes())


def _limit(kind: int, value: int) -> None:
    """Lower a limit of this process; one that is lower already stays."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _decoded(data: bytes) -> tuple[int, int, Image.Image]:
    """Decode the primary picture. libheif has already turned it upright: EXIF must not again."""
    file = pillow_heif.open_heif(BytesIO(data))
    picture = file[file.primary_index]
    width, height = picture.size
    check_size(width, height, min(MAX_PIXELS, _max_pixels(picture)))
    rows = memoryview(picture.data)
    if picture.size != (width, height):
        raise ValueError(f"declared {width}x{height}, decoded {picture.size}")

    def strip(top: int, end: int) -> Image.Image:
        part = rows[top * picture.stride : end * picture.stride]
        size = width, end - top
        if ";16" in picture.mode:  # grey, with or without alpha: keep the high bytes
            mode = "LA" if "A" in picture.mode.upper() else "L"
            return Image.frombytes(
                mode, size, part[1::2].tobytes(), "raw", mode, picture.stride // 2
            )
        return Image.frombytes(picture.mode, size, part, "raw", picture.mode, picture.stride)

    return width, height, reduced_rgb(picture.size, strip, picture.info.get("icc_profile"))


def _max_pixels(picture: pillow_heif.HeifImage) -> int:
    """How many pixels of this kind fit into the memory (bytes for each measured, rounded up)."""
    subsampled = picture.info.get("chroma") == 420 or picture.mode.startswith("L")
    deep = picture.info["bit_depth"] > 8
    bytes_per_pixel = {
        (True, False): 5,
        (True, True): 8,
        (False, False): 10,
        (False, True): 16,
    }[subsampled, deep]
    if picture.has_alpha:
        bytes_per_pixel += 5
    return _DECODING_MEMORY // bytes_per_pixel


if __name__ == "__main__":
    main()
