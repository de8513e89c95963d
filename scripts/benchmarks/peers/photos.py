"""The photos that are sent: those of a folder, or pictures drawn here."""

from pathlib import Path

from PIL import Image, ImageDraw

from scripts.reliability.pictures import PORTRAIT

_SIZES = ((320, 240), (640, 480), (800, 600), (1280, 853))
_FACES = (0, 1, 1, 2, 5)  # in each size


def photos_in(folder: Path) -> list[Path]:
    """Return the picture files in a folder and in those below it, by name."""
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in (".jpg", ".jpeg"))


def draw_photos(folder: Path) -> list[Path]:
    """Draw pictures with no, one and several faces in the sizes of Telegram; return the files."""
    files = []
    with Image.open(PORTRAIT) as opened:
        portrait = opened.convert("RGB")
    for size in _SIZES:
        for number, faces in enumerate(_FACES):
            file = folder / f"{size[0]}-{number}.jpg"
            _picture(size, faces, 7 * number, portrait).save(file, quality=87)
            files.append(file)
    return files


def _picture(size: tuple[int, int], faces: int, shade: int, portrait: Image.Image) -> Image.Image:
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for line in range(0, size[0], 40):
        draw.line((line, 0, size[0] - line, size[1]), fill=(shade * 3, 120, 200 - shade), width=3)
    if faces:
        side = min(size[0] // faces, size[1])
        face = portrait.resize((side, side))
        for index in range(faces):
            picture.paste(face, (index * side, (size[1] - side) // 2))
    return picture
