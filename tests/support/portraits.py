"""Photos with real faces: a portrait in the public domain, and a group photo made from it."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.ImageFilter import GaussianBlur

ASTRONAUT = Path(__file__).parents[1] / "data" / "astronaut.jpg"
# x, height and rotation in degrees of each copy in the group photo
_GROUP = ((0, 420, 0.0), (330, 300, -12.0), (560, 360, 10.0), (850, 340, 0.0))
GROUP_SIZE = len(_GROUP)


def portrait() -> Image.Image:
    """Return a photo of one smiling face, frontal, 105 pixels wide, centred at (225, 124)."""
    with Image.open(ASTRONAUT) as picture:
        return picture.convert("RGB")


def group_photo() -> Image.Image:
    """Return a photo of four faces of different sizes, some mirrored, some tilted."""
    picture = Image.new("RGB", (1200, 520), (90, 110, 130))
    cut = portrait().crop((60, 0, 420, 400))
    for index, (x, height, angle) in enumerate(_GROUP):
        copy = cut.rotate(angle, resample=Image.Resampling.BICUBIC)
        if index % 2:
            copy = copy.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        picture.paste(copy.resize((int(height * 0.9), height)), (x, 520 - height))
    return picture


def jpeg_of(picture: Image.Image) -> bytes:
    """Encode an image as a JPEG file."""
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=92)
    return stream.getvalue()


def crowd() -> Image.Image:
    """Return a photo of 56 faces in seven rows."""
    face = portrait().crop((130, 20, 320, 220)).resize((150, 150))
    picture = Image.new("RGB", (1200, 1050))
    for place in range(56):
        picture.paste(face, (150 * (place % 8), 150 * (place // 8)))
    return picture


def beside_a_blurred_face() -> Image.Image:
    """Return a photo of two people, one of whom is out of focus."""
    picture, blurred = Image.new("RGB", (1024, 512)), portrait().filter(GaussianBlur(8))
    picture.paste(portrait(), (0, 0))
    picture.paste(blurred, (512, 0))
    return picture


def panorama() -> Image.Image:
    """Return a photo of two faces, 25 times as wide as it is high."""
    face = portrait().crop((130, 20, 330, 220)).resize((80, 80))
    picture = Image.new("RGB", (2000, 80), (90, 110, 130))
    for x in (300, 1500):
        picture.paste(face, (x, 0))
    return picture
