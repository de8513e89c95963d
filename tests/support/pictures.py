"""Small images that tests draw themselves, so that no photos have to be stored."""

from io import BytesIO

import pillow_heif
from PIL import Image, ImageDraw

pillow_heif.register_heif_opener()

SKY = (150, 190, 230)
GRASS = (110, 160, 90)
SKIN = (255, 215, 120)
INK = (40, 30, 20)

Size = tuple[int, int]
Color = tuple[int, int, int]


def encode(image: Image.Image, image_format: str = "JPEG", **options: object) -> bytes:
    """Encode an image as a file.

    Args:
        image: the image.
        image_format: a format that Pillow can write, e.g. "JPEG", "PNG", "WEBP", "GIF", "HEIF".
        options: arguments of Pillow's `save`, e.g. quality, exif, icc_profile.
    """
    buffer = BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def gradient(size: Size = (640, 480)) -> Image.Image:
    """Return an image with red increasing to the right and green downwards."""
    red = Image.linear_gradient("L").rotate(90).resize(size)
    green = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (red, green, Image.new("L", size, 64)))


def quarters(size: Size = (64, 48)) -> Image.Image:
    """Return an image of four quadrants: red and green above blue and yellow.

    No rotation or reflection leaves it unchanged.
    """
    width, height = size
    image = Image.new("RGB", size, (255, 255, 0))
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    image.paste((0, 255, 0), (width // 2, 0, width, height // 2))
    image.paste((0, 0, 255), (0, height // 2, width // 2, height))
    return image


def draw_smiley(image: Image.Image, centre: Size, radius: int, *, happy: bool = True) -> None:
    """Draw a cartoon face onto `image`, smiling or frowning."""
    pen = ImageDraw.Draw(image)
    x, y = centre

    def box(dx: float, dy: float, rx: float, ry: float) -> tuple[float, float, float, float]:
        return (
            x + (dx - rx) * radius,
            y + (dy - ry) * radius,
            x + (dx + rx) * radius,
            y + (dy + ry) * radius,
        )

    line = max(1, radius // 12)
    pen.ellipse(box(0, 0, 1, 1), fill=SKIN, outline=INK, width=line)
    for side in (-1, 1):
        pen.ellipse(box(side * 0.38, -0.25, 0.13, 0.18), fill=INK)
    if happy:
        pen.arc(box(0, 0.15, 0.55, 0.5), 20, 160, fill=INK, width=line)
    else:
        pen.arc(box(0, 0.75, 0.55, 0.5), 200, 340, fill=INK, width=line)


def scene(size: Size = (640, 480), faces: int = 1, *, happy: bool = True) -> Image.Image:
    """Return a meadow under the sky with a row of cartoon faces."""
    width, height = size
    image = Image.new("RGB", size, SKY)
    image.paste(GRASS, (0, height * 2 // 3, width, height))
    radius = max(2, min(width // (faces * 3 or 1), height // 3))
    for index in range(faces):
        centre = (width * (2 * index + 1) // (2 * faces), height // 2)
        draw_smiley(image, centre, radius, happy=happy)
    return image


def jpeg_bytes(size: Size = (640, 480), color: Color | None = None) -> bytes:
    """Return a JPEG file of one colour, by default of the gradient."""
    return encode(gradient(size) if color is None else Image.new("RGB", size, color), "JPEG")


def png_bytes(size: Size = (640, 480), color: Color | None = None) -> bytes:
    """Return a PNG file of one colour, by default of the gradient."""
    return encode(gradient(size) if color is None else Image.new("RGB", size, color), "PNG")


def scene_bytes(size: Size = (640, 480), faces: int = 1, *, happy: bool = True) -> bytes:
    """Return a JPEG file of a meadow with cartoon faces."""
    return encode(scene(size, faces, happy=happy), "JPEG", quality=90)
