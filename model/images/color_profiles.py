"""Any picture to plain sRGB of a bounded size, a strip at a time so that memory stays small."""

from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageCms

from model.images.validation import MAX_SIDE

_STRIP_PIXELS = 1_000_000
# Profiles of cameras and screens have a few kilobytes, those of printers one or two megabytes.
MAX_PROFILE_BYTES = 4_000_000

_WHITE = {"RGB": (255, 255, 255), "CMYK": (0, 0, 0, 0)}

Strip = Callable[[int, int], Image.Image]


def reduced_rgb(size: tuple[int, int], strip: Strip, profile: bytes | None) -> Image.Image:
    """Scale a picture down to `MAX_SIDE` and convert its colours.

    Whole factors are taken out by averaging while going through the strips, so that no converted
    copy of the full picture is ever made; the rest is resampled with Lanczos.

    Args:
        size: width and height of the whole picture, in pixels.
        strip: called with a first row and an end row, returns these rows of the picture.
        profile: the embedded ICC profile, or None.

    Returns:
        The picture in mode RGB, sRGB colours, transparent parts on white.
    """
    width, height = size
    across = max(1, max(size) // MAX_SIDE)
    down = min(across, max(1, _STRIP_PIXELS // width))  # less for rows of a million pixels
    rows = down * max(1, _STRIP_PIXELS // (width * down))
    mode = "CMYK" if strip(0, 1).mode == "CMYK" else "RGB"
    result = Image.new(mode, (-(-width // across), -(-height // down)), _WHITE[mode])
    for top in range(0, height, rows):
        part = _plain(strip(top, min(top + rows, height))).reduce((across, down))
        result.paste(part, (0, top // down), part if part.mode == "RGBA" else None)
    scale = min(1.0, MAX_SIDE / max(size))
    target = max(1, round(width * scale)), max(1, round(height * scale))
    if result.size != target:
        result = result.resize(target, Image.Resampling.LANCZOS)
    return _srgb(result, profile)


def _plain(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB, or to RGBA or CMYK, which can be averaged as they are."""
    if image.mode == "CMYK":
        return image
    if image.mode.startswith("I;16"):
        image = _eight_bits(image)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Keep the high byte of each 16-bit grey value; Pillow's own conversion clips at 255."""
    high_bytes = image.tobytes("raw", "I;16B")[::2]
    grey = Image.frombytes("L", image.size, high_bytes)
    grey.info = image.info
    return grey


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Apply an ICC profile; one that is broken or of another kind of picture is ignored."""
    # "mpet" elements are programs of any length, evaluated for each colour: some profiles of a
    # few kilobytes would take minutes. No camera or screen has them.
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
    return image.convert("RGB")
