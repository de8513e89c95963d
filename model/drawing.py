"""The photo with a numbered box around each face, coloured by mood."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from model.labels import Verdict
from model.verdicts import FaceVerdict, PhotoVerdict

LONGEST_SIDE = 1280  # pixels; what Telegram shows of a photo
# Okabe & Ito's palette (2008): told apart with any kind of colour vision.
_COLOURS = {
    Verdict.HAPPY: (0, 158, 115),
    Verdict.SAD: (0, 114, 178),
    Verdict.UNSURE: (213, 94, 0),
}
_INK = (255, 255, 255)


def annotate(photo: PhotoVerdict) -> bytes:
    """Draw the verdicts into the photo.

    Args:
        photo: what was predicted, with its pixels.

    Returns:
        A JPEG of at most 1280 pixels on its longest side. Faces are numbered from 1, largest
        first, as in `photo.faces`.
    """
    picture = Image.fromarray(photo.pixels)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    scale = picture.width / photo.size[0], picture.height / photo.size[1]
    draw = ImageDraw.Draw(picture)
    # The largest last, so that its label is on top where boxes overlap.
    for number, face in reversed(list(enumerate(photo.faces, start=1))):
        _draw_face(draw, number, face, scale, picture.size)
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=88, optimize=True)
    return stream.getvalue()


def _draw_face(
    draw: ImageDraw.ImageDraw,
    number: int,
    face: FaceVerdict,
    scale: tuple[float, float],
    size: tuple[int, int],
) -> None:
    colour = _COLOURS[face.verdict]
    box = face.box
    left, right = box.left * scale[0], max(box.left * scale[0] + 1, box.right * scale[0])
    top, bottom = box.top * scale[1], max(box.top * scale[1] + 1, box.bottom * scale[1])
    thickness = max(2, round(max(size) / 320))
    # A white line around the coloured one keeps it visible on any background.
    draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=_INK, width=thickness + 2)
    draw.rectangle((left, top, right, bottom), outline=colour, width=thickness)
    _draw_label(draw, label_text(number, face, right - left), (left, top, bottom), colour, size)


def label_text(number: int, face: FaceVerdict, width: float) -> str:
    """What is written at a face: its number and, where there is room, its mood.

    Args:
        number: of the face, from 1.
        face: the verdict.
        width: of its box as drawn, in pixels.

    Returns:
        For example "1 happy", "2 sad", "3 ?" or, at a small face, "4".
    """
    mood = "?" if face.verdict is Verdict.UNSURE else str(face.verdict)
    return f"{number} {mood}" if width >= 48 else str(number)


def _draw_label(
    draw: ImageDraw.ImageDraw,
    text: str,
    edges: tuple[float, float, float],
    colour: tuple[int, int, int],
    size: tuple[int, int],
) -> None:
    """Write above the box or, where the picture ends, inside it."""
    left, top, bottom = edges
    height = min(max(14.0, (bottom - top) / 6), max(size) / 28)
    font = ImageFont.load_default(size=height)
    x0, y0, x1, y1 = draw.textbbox((0, 0), text, font=font)
    pad = height * 0.25
    width, depth = x1 - x0 + 2 * pad, y1 - y0 + 2 * pad
    x = min(max(0.0, left), max(0.0, size[0] - width))
    y = top - depth if top >= depth else top
    draw.rounded_rectangle((x, y, x + width, y + depth), radius=pad, fill=colour)
    draw.text((x + pad - x0, y + pad - y0), text, font=font, fill=_INK)
