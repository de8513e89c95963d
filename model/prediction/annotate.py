"""Draw the verdicts into a photo: a box around each face, numbered and coloured by mood."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from math import ceil

from PIL import Image, ImageDraw

from model.network.verdict import Verdict
from model.prediction.fonts import FontFactory, default_font, find_font
from model.prediction.results import FaceVerdict, PhotoVerdict

MAX_SIDE = 1280  # pixels of the longest side, the size in which Telegram shows photos
# Telegram refuses a photo whose sides have a larger ratio
# (https://core.telegram.org/bots/api#sendphoto).
_MAX_RATIO = 20
_MIN_SIDE = 640  # pixels of the longest side; smaller photos are enlarged to make room for labels
# Okabe & Ito's palette (2008), distinguishable with any kind of colour vision.
_COLORS = {
    Verdict.HAPPY: (0, 158, 115),
    Verdict.SAD: (0, 114, 178),
    Verdict.NEUTRAL: (204, 121, 167),
    Verdict.UNSURE: (213, 94, 0),
}
MOOD_NAMES = {
    Verdict.HAPPY: "happy",
    Verdict.SAD: "sad",
    Verdict.NEUTRAL: "neutral",
    Verdict.UNSURE: "?",
}
_DIGITS = "0123456789 "
_WHITE = (255, 255, 255)
_DARK = (32, 32, 32)
# Limits of the text height: this many lines would fill the longest side.
_MAX_LINES = 46  # legible in a narrow chat bubble
_MIN_LINES = 30
_MAX_LABEL_WIDTH = 1.6  # as a multiple of the face's box; a wider label shrinks to the number
_PADDING = 0.25  # of labels, as a share of the text height
_PHOTO_NUMBER_LINES = 14  # text height of the photo's number, which is read in a small preview
_LABEL_OVERLAP_WEIGHT = 4.0  # a hidden label is worse than a hidden part of a face

Rectangle = tuple[float, float, float, float]  # left, top, right, bottom, in pixels as drawn


@dataclass(frozen=True, slots=True)
class _LabelStyle:
    mood_names: Mapping[Verdict, str]
    font: FontFactory


def annotate(
    photo: PhotoVerdict,
    mood_names: Mapping[Verdict, str] = MOOD_NAMES,
    photo_number: int | None = None,
) -> bytes:
    """Draw the verdicts into a photo.

    Args:
        photo: a verdict that still has its photo.
        mood_names: names of the verdicts in any language. Only the numbers are written if no font
            has all the letters.
        photo_number: the photo's own number among others, written large at the edge.

    Returns:
        A JPEG file of at most 1280 pixels on its longest side. Faces are numbered from 1 in the
        order of `photo.faces`, unless there is only one. A panorama gets a margin, so that no side
        is more than 20 times as long as the other.
    """
    scaled = _resize(photo.rgb)  # a copy, to draw in
    scale = scaled.width / photo.size[0], scaled.height / photo.size[1]
    image, offset = _pad(scaled)
    boxes = [_place_box(face, scale, offset) for face in photo.faces]
    draw = ImageDraw.Draw(image)
    for box, face in zip(boxes, photo.faces, strict=True):
        _draw_box(draw, box, face)
    style = _label_style(mood_names)
    labels: list[Rectangle] = []
    if photo_number is not None:
        labels.append(_draw_photo_number(draw, photo_number, boxes))
    for index, face in enumerate(photo.faces):
        labels.append(_draw_label(draw, index, face, style, boxes, labels))
    stream = BytesIO()
    image.save(stream, "JPEG", quality=88)
    return stream.getvalue()


def label_text(number: int | None, mood_name: str, max_letters: float) -> str:
    """Return the label of a face: its number and, if there is room, its mood.

    Args:
        number: number of the face, from 1; None if it is the only one.
        mood_name: name of the verdict; may be empty.
        max_letters: how many letters fit next to the face.

    Returns:
        For example "1 happy", "2 sad", "3 ?" or, at a small face, "4".
    """
    if number is None:
        return mood_name
    text = f"{number} {mood_name}".rstrip()
    return text if len(text) <= max_letters else str(number)


def _label_style(mood_names: Mapping[Verdict, str]) -> _LabelStyle:
    font = find_font(_DIGITS + "".join(mood_names.values()))
    if font is None:
        return _LabelStyle(dict.fromkeys(mood_names, ""), default_font)
    return _LabelStyle(mood_names, font)


def _resize(image: Image.Image) -> Image.Image:
    longest = max(image.size)
    target = min(max(longest, _MIN_SIDE), MAX_SIDE)
    if target == longest:
        return image.copy()
    width, height = (max(1, round(side * target / longest)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _pad(image: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
    """Add a margin to an image that is too long to be sent; also return where the image begins."""
    width = max(image.width, ceil(image.height / _MAX_RATIO))
    height = max(image.height, ceil(image.width / _MAX_RATIO))
    if (width, height) == image.size:
        return image, (0, 0)
    offset = (width - image.width) // 2, (height - image.height) // 2
    canvas = Image.new("RGB", (width, height), _WHITE)
    canvas.paste(image, offset)
    return canvas, offset


def _place_box(face: FaceVerdict, scale: tuple[float, float], offset: tuple[int, int]) -> Rectangle:
    left, top = face.box.left * scale[0] + offset[0], face.box.top * scale[1] + offset[1]
    right, bottom = face.box.right * scale[0] + offset[0], face.box.bottom * scale[1] + offset[1]
    return (left, top, max(left + 1, right), max(top + 1, bottom))


def _draw_box(draw: ImageDraw.ImageDraw, box: Rectangle, face: FaceVerdict) -> None:
    left, top, right, bottom = box
    width = max(2, round(max(draw.im.size) / 320))
    # A white line around the coloured one keeps it visible on any background.
    draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=_WHITE, width=width + 2)
    draw.rectangle(box, outline=_COLORS[face.verdict], width=width)


def _draw_label(
    draw: ImageDraw.ImageDraw,
    index: int,
    face: FaceVerdict,
    style: _LabelStyle,
    boxes: list[Rectangle],
    labels: list[Rectangle],
) -> Rectangle:
    """Draw a label at a face's box where it covers least; return its rectangle, empty if none."""
    box = boxes[index]
    height = _text_height(box, max(draw.im.size))
    # Letters are about half as wide as they are high.
    max_letters = _MAX_LABEL_WIDTH * (box[2] - box[0]) / (height / 2)
    number = index + 1 if len(boxes) > 1 else None
    text = label_text(number, style.mood_names[face.verdict], max_letters)
    if not text:
        return (box[0], box[1], box[0], box[1])
    font = style.font(height)
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    padding = height * _PADDING
    size = (right - left + 2 * padding, bottom - top + 2 * padding)
    # Of equally good positions, min() returns the first.
    label = min(
        _label_positions(box, size, draw.im.size),
        key=lambda position: _covered_area(position, boxes, labels),
    )
    draw.rounded_rectangle(label, radius=padding, fill=_COLORS[face.verdict])
    position = (label[0] + padding - left, label[1] + padding - top)
    draw.text(position, text, font=font, fill=_WHITE)
    return label


def _draw_photo_number(draw: ImageDraw.ImageDraw, number: int, boxes: list[Rectangle]) -> Rectangle:
    """Draw the number at the edge where it covers least, and return its rectangle."""
    width, height = draw.im.size
    text_height = max(width, height) / _PHOTO_NUMBER_LINES
    font = default_font(text_height)
    left, top, right, bottom = draw.textbbox((0, 0), str(number), font=font)
    badge_height = bottom - top + text_height
    badge_width = max(badge_height, right - left + text_height)
    margin = text_height / 4
    # Apps cut off the sides of photos in an album, so the middle is best.
    columns = ((width - badge_width) / 2, 0.1 * width, 0.9 * width - badge_width)
    positions = [
        (x, y, x + badge_width, y + badge_height)
        for y in (margin, height - badge_height - margin)
        for x in columns
    ]
    badge = min(positions, key=lambda position: _covered_area(position, boxes, []))
    draw.rounded_rectangle(
        badge, radius=badge_height / 2, fill=_DARK, outline=_WHITE, width=round(margin / 4)
    )
    middle = (badge[0] + badge[2]) / 2, (badge[1] + badge[3]) / 2
    draw.text(
        (middle[0] - (left + right) / 2, middle[1] - (top + bottom) / 2),
        str(number),
        font=font,
        fill=_WHITE,
    )
    return badge


def _text_height(box: Rectangle, longest_side: int) -> float:
    return min(max((box[3] - box[1]) / 5, longest_side / _MAX_LINES), longest_side / _MIN_LINES)


def _label_positions(
    box: Rectangle, size: tuple[float, float], image_size: tuple[int, int]
) -> list[Rectangle]:
    """Return the possible positions, best first: above the box, below it, inside it."""
    left, top, right, bottom = box
    width, height = size
    positions = []
    for y in (top - height, bottom, top, bottom - height):
        for x in (left, right - width):
            inside_x = max(0.0, min(x, image_size[0] - width))
            inside_y = max(0.0, min(y, image_size[1] - height))
            positions.append((inside_x, inside_y, inside_x + width, inside_y + height))
    return positions


def _covered_area(position: Rectangle, boxes: list[Rectangle], labels: list[Rectangle]) -> float:
    """Return the weighted area, in square pixels, of what a label at this position covers."""
    over_labels = sum(_intersection(position, label) for label in labels)
    return _LABEL_OVERLAP_WEIGHT * over_labels + sum(_intersection(position, box) for box in boxes)


def _intersection(one: Rectangle, other: Rectangle) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
