"""The process behind `heif.decode_heif`: a HEIF file on standard input, pixels on standard output.

The output is one line of JSON, {"width", "height", "rows", "columns"}, followed by the RGB pixels;
or {"refused": class name of the error, "arguments": its arguments}. On any other failure there is a
traceback on standard error and a non-zero exit status.
"""

import json
import sys
from io import BytesIO

import pillow_heif
from PIL import Image

from model.errors import ImageTooSmallError, TooManyPixelsError
from model.images.color_conversion import convert_to_srgb
from model.images.validation import MAX_PIXELS, check_size
from model.images.worker_process import limit_this_process

MAX_MEMORY_BYTES = 450_000_000  # private memory: the image, its converted copies, and Python
_DECODING_BYTES = 400_000_000
_MAX_CPU_SECONDS = 40


def main() -> None:
    limit_this_process(MAX_MEMORY_BYTES, _MAX_CPU_SECONDS)
    try:
        width, height, image = _decode(sys.stdin.buffer.read())
    except (TooManyPixelsError, ImageTooSmallError) as error:
        refusal = {
            "refused": type(error).__name__,
            "arguments": [error.width, error.height, error.limit],
        }
        print(json.dumps(refusal))
        return
    answer = {"width": width, "height": height, "rows": image.height, "columns": image.width}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + image.tobytes())


def _decode(data: bytes) -> tuple[int, int, Image.Image]:
    """Decode the primary image. libheif applies its rotation, so EXIF must not be applied again."""
    file = pillow_heif.open_heif(BytesIO(data))
    image = file[file.primary_index]
    width, height = image.size
    check_size(width, height, min(MAX_PIXELS, _max_pixels(image)))
    rows = memoryview(image.data)
    if image.size != (width, height):
        raise ValueError(f"declared {width}x{height}, decoded {image.size}")

    def read_rows(top: int, bottom: int) -> Image.Image:
        part = rows[top * image.stride : bottom * image.stride]
        size = width, bottom - top
        if ";16" in image.mode:  # grey, with or without alpha: keep the high bytes
            mode = "LA" if "A" in image.mode.upper() else "L"
            return Image.frombytes(mode, size, part[1::2].tobytes(), "raw", mode, image.stride // 2)
        return Image.frombytes(image.mode, size, part, "raw", image.mode, image.stride)

    return width, height, convert_to_srgb(image.size, read_rows, image.info.get("icc_profile"))


def _max_pixels(image: pillow_heif.HeifImage) -> int:
    """Return how many pixels fit into the memory limit, by measured bytes per pixel."""
    subsampled = image.info.get("chroma") == 420 or image.mode.startswith("L")
    deep = image.info["bit_depth"] > 8
    bytes_per_pixel = {
        (True, False): 5,
        (True, True): 8,
        (False, False): 10,
        (False, True): 16,
    }[subsampled, deep]
    if image.has_alpha:
        bytes_per_pixel += 5
    return _DECODING_BYTES // bytes_per_pixel


if __name__ == "__main__":
    main()
