"""A picture of the most confident mistakes."""

from collections.abc import Sequence
from math import ceil

from PIL import Image, ImageDraw, ImageFont

from model.data.image_folder import MOODS
from model.errors import ImageError
from model.evaluation.predictions import LabeledPrediction
from model.images.decoding import decode
from model.network.verdict import confidence_of, likelier_mood

MAX_MISTAKES = 24
# In pixels.
_COLUMNS = 6
_SIDE = 150  # longer side of a thumbnail
_TEXT = 13
_GAP = 10
_CAPTION = 3 * (_TEXT + 4)
_DARK, _GREY, _WHITE = (20, 20, 20), (95, 95, 95), (255, 255, 255)


def worst_mistakes(predictions: Sequence[LabeledPrediction]) -> list[LabeledPrediction]:
    """Return the wrong predictions for happy and sad pictures, the most confident ones first."""
    wrong = [
        prediction
        for prediction in predictions
        if prediction.label in MOODS
        and likelier_mood(prediction.probability_happy) != prediction.label
    ]
    return sorted(wrong, key=lambda one: -confidence_of(one.probability_happy))[:MAX_MISTAKES]


def contact_sheet(mistakes: Sequence[LabeledPrediction]) -> Image.Image:
    """Draw pictures with their label and the prediction.

    Returns:
        A grid of six columns; a line of text if there are no mistakes.
    """
    font = ImageFont.load_default(size=_TEXT)
    columns = min(_COLUMNS, max(2, len(mistakes)))
    rows = ceil(len(mistakes) / columns)
    width = _GAP + columns * (_SIDE + _GAP)
    height = 3 * _GAP + _TEXT + rows * (_SIDE + _CAPTION + _GAP)
    sheet = Image.new("RGB", (width, height), _WHITE)
    pen = ImageDraw.Draw(sheet)
    title = "The most confident mistakes" if mistakes else "No mistakes"
    pen.text((_GAP, _GAP), title, font=font, fill=_DARK)
    for index, mistake in enumerate(mistakes):
        row, column = divmod(index, columns)
        x = _GAP + column * (_SIDE + _GAP)
        y = 3 * _GAP + _TEXT + row * (_SIDE + _CAPTION + _GAP)
        thumbnail = _thumbnail(mistake)
        sheet.paste(
            thumbnail, (x + (_SIDE - thumbnail.width) // 2, y + (_SIDE - thumbnail.height) // 2)
        )
        _draw_caption(pen, font, (x, y + _SIDE + 4), mistake)
    return sheet


def _draw_caption(
    pen: ImageDraw.ImageDraw,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    corner: tuple[int, int],
    mistake: LabeledPrediction,
) -> None:
    x, y = corner
    lines = (
        f"{mistake.label}, called {likelier_mood(mistake.probability_happy)}",
        f"P(happy) {mistake.probability_happy:.3f}",
        mistake.file.name,
    )
    for number, line in enumerate(lines):
        color = _GREY if number else _DARK
        pen.text((x, y + number * (_TEXT + 4)), _shorten(line, font), font=font, fill=color)


def _thumbnail(prediction: LabeledPrediction) -> Image.Image:
    """Return the picture at the sheet's size, or a grey area if its file is gone."""
    try:
        picture = decode(prediction.file.read_bytes()).rgb
    except (ImageError, OSError):
        return Image.new("RGB", (_SIDE, _SIDE), _GREY)
    scale = _SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _shorten(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
    if font.getlength(text) <= _SIDE:
        return text
    while text and font.getlength(text + "…") > _SIDE:
        text = text[:-1]
    return text + "…"
