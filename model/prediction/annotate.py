"""The photo with a numbered box around each face, coloured by mood."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw

from model.network.verdict import Verdict
from model.prediction.fonts import FontFactory, default_font, find_font
from model.prediction.results import FaceVerdict, PhotoVerdict

MAX_SIDE = 1280  # pixels; what Telegram shows of a photo
_MIN_SIDE = 640  # of the longest side; smaller photos are enlarged, so that labels find room
# Okabe & Ito's palette (2008): told apart with any kind of colour vision.
_COLORS = {
    Verdict.HAPPY: (0, 158, 115),
    Verdict.SAD: (0, 114, 178),
    Verdict.UNSURE: (213, 94, 0),
}
WORDS = {Verdict.HAPPY: "happy", Verdict.SAD: "sad", Verdict.UNSURE: "?"}
_DIGITS = "0123456789 "
_TEXT_COLOR = (255, 255, 255)
_MAX_LINES = 46  # of them fit into the longest side: legible in a chat's narrow bubble
_MIN_LINES = 30
_LABEL_WEIGHT = 4.0
_WORDS = 1.6  # widths of its box that a label may have; if longer, it is only the number

Rectangle = tuple[float, float, float, float]  # left, top, right, bottom, in pixels as drawn


@dataclass(frozen=True, slots=True)
class _Lettering:
    """What to write for each verdict, in a font that can."""

    words: Mapping[Verdict, str]
    font: FontFactory


def annotate(photo: PhotoVerdict, words: Mapping[Verdict, str] = WORDS) -> bytes:
    """Draw the verdicts into the photo.

    Args:
        photo: what was predicted, with its pixels.
        words: what to write for each verdict, in any language. If no font at hand has its letters,
            only the numbers are written.

    Returns:
        A JPEG of at most 1280 pixels on its longest side. Faces are numbered from 1, largest
        first, as in `photo.faces`.
    """
    picture = _resized(Image.fromarray(photo.pixels))
    scale = picture.width / photo.size[0], picture.height / photo.size[1]
    boxes = [_as_drawn(face, scale) for face in photo.faces]
    draw = ImageDraw.Draw(picture)
    for box, face in zip(boxes, photo.faces, strict=True):
        _draw_box(draw, box, face, picture.size)
    lettering = _lettering(words)
    labels: list[Rectangle] = []
    for number, face in enumerate(photo.faces, start=1):
        labels.append(_draw_label(draw, number, face, lettering, boxes, labels))
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=88, optimize=True)
    return stream.getvalue()


def label_text(number: int, word: str, letters_that_fit: float) -> str:
    """What is written at a face: its number and, where there is room, its mood.

    Args:
        number: of the face, from 1.
        word: for the verdict; may be empty.
        letters_that_fit: how many letters have room at the face's box.

    Returns:
        For example "1 happy", "2 sad", "3 ?" or, at a small face, "4".
    """
    both = f"{number} {word}".rstrip()
    return both if len(both) <= letters_that_fit else str(number)


def _lettering(words: Mapping[Verdict, str]) -> _Lettering:
    font = find_font(_DIGITS + "".join(words.values()))
    return _Lettering(words, font) if font else _Lettering(dict.fromkeys(words, ""), default_font)


def _resized(picture: Image.Image) -> Image.Image:
    longest = max(picture.size)
    wanted = min(max(longest, _MIN_SIDE), MAX_SIDE)
    if wanted == longest:
        return picture
    size = [max(1, round(side * wanted / longest)) for side in picture.size]
    return picture.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _as_drawn(face: FaceVerdict, scale: tuple[float, float]) -> Rectangle:
    left, top = face.box.left * scale[0], face.box.top * scale[1]
    right, bottom = face.box.right * scale[0], face.box.bottom * scale[1]
    return (left, top, max(left + 1, right), max(top + 1, bottom))


def _draw_box(
    draw: ImageDraw.ImageDraw, box: Rectangle, face: FaceVerdict, size: tuple[int, int]
) -> None:
    left, top, right, bottom = box
    thickness = max(2, round(max(size) / 320))
    # A white line around the coloured one keeps it visible on any background.
    draw.rectangle(
        (left - 1, top - 1, right + 1, bottom + 1), outline=_TEXT_COLOR, width=thickness + 2
    )
    draw.rectangle(box, outline=_COLORS[face.verdict], width=thickness)


def _draw_label(
    draw: ImageDraw.ImageDraw,
    number: int,
    face: FaceVerdict,
    lettering: _Lettering,
    boxes: list[Rectangle],
    labels: list[Rectangle],
) -> Rectangle:
    """Write at the face's box where it hides least, and return the place."""
    width, height = draw.im.size
    box = boxes[number - 1]
    longest = max(width, height)
    wanted = max((box[3] - box[1]) / 5, longest / _MAX_LINES)
    letters = min(wanted, longest / _MIN_LINES)
    # Letters are about half as wide as they are tall.
    text = label_text(
        number, lettering.words[face.verdict], _WORDS * (box[2] - box[0]) / (letters / 2)
    )
    font = lettering.font(letters)
    x0, y0, x1, y1 = draw.textbbox((0, 0), text, font=font)
    pad = letters * 0.25
    places = _places(box, (x1 - x0 + 2 * pad, y1 - y0 + 2 * pad), (width, height))
    # A hidden label is worse than a hidden bit of a face. Of equals, min() takes the first.
    place = min(
        places,
        key=lambda place: (
            _LABEL_WEIGHT * sum(_shared(place, label) for label in labels)
            + sum(_shared(place, other) for other in boxes)
        ),
    )
    draw.rounded_rectangle(place, radius=pad, fill=_COLORS[face.verdict])
    draw.text((place[0] + pad - x0, place[1] + pad - y0), text, font=font, fill=_TEXT_COLOR)
    return place


def _places(box: Rectangle, size: tuple[float, float], picture: tuple[int, int]) -> list[Rectangle]:
    """Where a label may go, best first: above its box, below it, or inside."""
    left, top, right, bottom = box
    width, height = size
    places = []
    for y in (top - height, bottom, top, bottom - height):
        for x in (left, right - width):
            inside_x = max(0.0, min(x, picture[0] - width))
            inside_y = max(0.0, min(y, picture[1] - height))
            places.append((inside_x, inside_y, inside_x + width, inside_y + height))
    return places


def _shared(one: Rectangle, other: Rectangle) -> float:
    """The area that two rectangles share, in square pixels."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
