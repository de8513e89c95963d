"""The answers that were wrong and most confident, as one picture to look at."""

from collections.abc import Sequence
from math import ceil

from PIL import Image, ImageDraw, ImageFont

from model.data.image_folder import MOODS
from model.errors import ImageError
from model.evaluation.predictions import Prediction
from model.images.decoding import decode
from model.network.verdict import confidence_of, likelier_mood

MAX_MISTAKES = 24
_COLUMNS = 6
_SIDE = 150  # pixels of a picture's longest side
_TEXT = 13  # pixels
_GAP = 10
_CAPTION = 3 * (_TEXT + 4)
_INK, _FAINT, _PAPER = (20, 20, 20), (95, 95, 95), (255, 255, 255)


def worst_mistakes(predictions: Sequence[Prediction]) -> list[Prediction]:
    """Return the most confident wrong predictions, the most confident ones first."""
    wrong = [
        one
        for one in predictions
        if one.label in MOODS and likelier_mood(one.probability_happy) != one.label
    ]
    return sorted(wrong, key=lambda one: -confidence_of(one.probability_happy))[:MAX_MISTAKES]


def contact_sheet(mistakes: Sequence[Prediction]) -> Image.Image:
    """Draw pictures with their label and the answer.

    Args:
        mistakes: what to draw, in this order.

    Returns:
        A grid of six columns; a single line of text if there are none.
    """
    font = ImageFont.load_default(size=_TEXT)
    columns = min(_COLUMNS, max(2, len(mistakes)))
    width = _GAP + columns * (_SIDE + _GAP)
    rows = ceil(len(mistakes) / columns)
    height = 3 * _GAP + _TEXT + rows * (_SIDE + _CAPTION + _GAP)
    sheet = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(sheet)
    title = "The most confident mistakes" if mistakes else "No mistakes"
    pen.text((_GAP, _GAP), title, font=font, fill=_INK)
    for index, one in enumerate(mistakes):
        row, column = divmod(index, columns)
        x = _GAP + column * (_SIDE + _GAP)
        y = 3 * _GAP + _TEXT + row * (_SIDE + _CAPTION + _GAP)
        thumbnail = _thumbnail(one)
        sheet.paste(
            thumbnail, (x + (_SIDE - thumbnail.width) // 2, y + (_SIDE - thumbnail.height) // 2)
        )
        said = likelier_mood(one.probability_happy)
        lines = (
            f"{one.label}, called {said}",
            f"P(happy) {one.probability_happy:.3f}",
            one.file.name,
        )
        for number, line in enumerate(lines):
            place = (x, y + _SIDE + 4 + number * (_TEXT + 4))
            pen.text(place, _shortened(line, font), font=font, fill=_FAINT if number else _INK)
    return sheet


def _thumbnail(one: Prediction) -> Image.Image:
    """The picture at the sheet's size; small crops are enlarged. Grey if it has since gone."""
    try:
        picture = Image.fromarray(decode(one.file.read_bytes()).pixels)
    except (ImageError, OSError):
        return Image.new("RGB", (_SIDE, _SIDE), _FAINT)
    scale = _SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _shortened(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
    if font.getlength(text) <= _SIDE:
        return text
    while text and font.getlength(text + "…") > _SIDE:
        text = text[:-1]
    return text + "…"
