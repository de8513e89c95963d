"""Images of any mode and colour profile to sRGB at a bounded size.

Works on a strip of rows at a time, so that no converted copy of the full image is ever in memory.
"""

from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageCms

from model.images.validation import MAX_SIDE

_STRIP_PIXELS = 1_000_000
# Profiles of cameras and screens have a few kilobytes, those of printers one or two megabytes.
MAX_PROFILE_BYTES = 4_000_000

_WHITE = {"RGB": (255, 255, 255), "CMYK": (0, 0, 0, 0)}

ReadRows = Callable[[int, int], Image.Image]  # given the first row and the end row


def convert_to_srgb(
    size: tuple[int, int], read_rows: ReadRows, profile: bytes | None
) -> Image.Image:
    """Scale an image down to `MAX_SIDE` and convert its colours.

    Whole factors are removed by averaging each strip. The rest is less than a factor of two, for
    which a narrow filter does, at half the cost of Lanczos.

    Args:
        size: width and height of the image, in pixels.
        read_rows: returns a range of the image's rows.
        profile: the embedded ICC profile, or None.

    Returns:
        The image in mode RGB, with sRGB colours and transparent parts on white.
    """
    width, height = size
    across = max(1, max(size) // MAX_SIDE)
    down = min(across, max(1, _STRIP_PIXELS // width))  # less for rows of a million pixels
    rows = down * max(1, _STRIP_PIXELS // (width * down))
    mode = "CMYK" if read_rows(0, 1).mode == "CMYK" else "RGB"
    result = Image.new(mode, (-(-width // across), -(-height // down)), _WHITE[mode])
    for top in range(0, height, rows):
        strip = _to_8_bits(read_rows(top, min(top + rows, height)))
        if (across, down) != (1, 1):
            strip = strip.reduce((across, down))
        result.paste(strip, (0, top // down), strip if strip.mode == "RGBA" else None)
    scale = min(1.0, MAX_SIDE / max(size))
    target = max(1, round(width * scale)), max(1, round(height * scale))
    if result.size != target:
        result = result.resize(target, Image.Resampling.HAMMING)
    return _apply_profile(result, profile)


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB, RGBA or CMYK, whose values can be averaged."""
    if image.mode == "CMYK":
        return image
    if image.mode.startswith("I;16"):
        image = _high_bytes(image)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _high_bytes(image: Image.Image) -> Image.Image:
    """Keep the high byte of 16-bit grey values; Pillow's own conversion clips at 255."""
    high_bytes = image.tobytes("raw", "I;16B")[::2]
    grey = Image.frombytes("L", image.size, high_bytes)
    grey.info = image.info
    return grey


def _apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB; a profile that is broken or does not fit the mode is ignored."""
    # "mpet" elements are programs of any length that run for each colour: some profiles of a few
    # kilobytes would take minutes. Cameras and screens do not use them.
    if profile and len(profile) <= MAX_PROFILE_BYTES and b"mpet" not in profile:
        try:
            transform = ImageCms.buildTransform(
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                image.mode,
                "RGB",
            )
            return transform.apply(image)
        except (OSError, ImageCms.PyCMSError):
            pass
    return image if image.mode == "RGB" else image.convert("RGB")
