"""Training images: drawn faces that smile or frown, and photos with a real face."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.support.pictures import gradient
from tests.support.portraits import portrait


def drawn_face(mood: str, rng: np.random.Generator) -> Image.Image:
    """Draw a face crop of 48 pixels in the mood "happy", "sad" or "neutral"; each is different."""
    picture = _blotches((48, 48), 6, rng)
    draw = ImageDraw.Draw(picture)
    x, y = rng.integers(-3, 4, 2)
    draw.ellipse((4 + x, 2 + y, 44 + x, 46 + y), fill=int(rng.integers(180, 240)))
    for eye in (16, 32):
        draw.ellipse((eye - 3 + x, 15 + y, eye + 3 + x, 21 + y), fill=20)
    if mood == "neutral":
        draw.line((15 + x, 35 + y, 33 + x, 35 + y), fill=20, width=3)
    elif mood == "happy":
        draw.arc((13 + x, 20 + y, 35 + x, 40 + y), 20, 160, fill=20, width=3)
    else:
        draw.arc((13 + x, 31 + y, 35 + x, 51 + y), 200, 340, fill=20, width=3)
    return Image.blend(picture, _blotches((48, 48), 6, rng), 0.35)


def photo_with_mood(mood: str, rng: np.random.Generator) -> Image.Image:
    """Return a photo of a real face with noise; if sad, a frown is drawn over its smile."""
    face = portrait().crop((100, 0, 350, 250))
    if mood == "sad":
        ImageDraw.Draw(face).ellipse((97, 133, 153, 169), fill=(205, 160, 140))
        ImageDraw.Draw(face).arc((105, 145, 145, 175), 200, 340, fill=(90, 40, 40), width=4)
    face = Image.blend(face, _blotches(face.size, 8, rng).convert("RGB"), 0.4)
    face = face.rotate(float(rng.uniform(-12, 12)), resample=Image.Resampling.BICUBIC)
    width, height = rng.integers(200, 300, 2)
    picture = _blotches((420, 340), 9, rng).convert("RGB")
    left, top = (int(value) for value in rng.integers(0, (420 - width, 340 - height)))
    picture.paste(face.resize((int(width), int(height))), (left, top))
    return picture


def write_drawn_faces(folder: Path, counts: dict[str, int], seed: int = 0) -> None:
    """Write drawn faces into a folder, as many for each label as `counts` says."""
    rng = np.random.default_rng(seed)
    for label, count in counts.items():
        (folder / label).mkdir(parents=True)
        for index in range(count):
            drawn_face(label, rng).save(folder / label / f"{index:03}.png")


def write_photos(folder: Path, count: int, seed: int) -> None:
    """Write `count` photos of each mood into a folder, one without a face and a broken one."""
    rng = np.random.default_rng(seed)
    for mood in ("happy", "sad"):
        (folder / mood).mkdir()
        for index in range(count):
            photo_with_mood(mood, rng).save(folder / mood / f"{index:02}.jpg")
    gradient().save(folder / "happy" / "hills.jpg")
    (folder / "sad" / "broken.jpg").write_bytes(b"\xff\xd8\xff but no picture")


def _blotches(size: tuple[int, int], cells: int, rng: np.random.Generator) -> Image.Image:
    levels = rng.integers(40, 220, (cells, cells), dtype=np.uint8)
    return Image.fromarray(levels).resize(size, Image.Resampling.BICUBIC)
