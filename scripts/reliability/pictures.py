"""Pictures that simulated people send, each different from all others."""

import random
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

REPOSITORY = Path(__file__).parents[2]
PORTRAIT = REPOSITORY / "tests" / "data" / "astronaut.jpg"
DATA_SET = REPOSITORY.parent / "shared" / "dataset" / "photos"
SIZES = ((320, 240), (640, 480), (800, 600), (1280, 960))
MARK_PIXELS = 12


class Pictures:
    """Makes pictures: the portrait, drawings, and photos of the data set where it is there.

    Args:
        seed: of the random choices.
    """

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        files = [PORTRAIT, *sorted(DATA_SET.glob("*/*.jpg"))]
        self._photos = [_opened(file) for file in files]

    def next(self) -> Image.Image:
        """Return a picture that no earlier call has returned; see `jpeg`."""
        if self._rng.random() < 0.2:
            picture = self._drawing()
        else:
            picture = self._rng.choice(self._photos).copy()
        self._mark(picture)
        return picture

    def _drawing(self) -> Image.Image:
        width, height = self._rng.choice(SIZES)
        picture = Image.new("RGB", (width, height), self._color())
        pen = ImageDraw.Draw(picture)
        for _ in range(self._rng.randint(1, 12)):
            x, y = self._rng.randrange(width), self._rng.randrange(height)
            radius = self._rng.randint(5, height // 2)
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=self._color())
        return picture

    def _mark(self, picture: Image.Image) -> None:
        # A small patch in a corner, so that Telegram gives the picture an id of its own.
        patch = Image.frombytes(
            "RGB", (MARK_PIXELS, MARK_PIXELS), self._rng.randbytes(3 * MARK_PIXELS**2)
        )
        picture.paste(patch, (0, 0))

    def _color(self) -> tuple[int, int, int]:
        red, green, blue = self._rng.randbytes(3)
        return red, green, blue


def jpeg(picture: Image.Image) -> bytes:
    """Encode a picture as a JPEG file."""
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def _opened(file: Path) -> Image.Image:
    with Image.open(file) as picture:
        picture.draft("RGB", (1280, 1280))
        return picture.convert("RGB")
