"""Show how the processor time for a photo grows with its size and with the faces in it.

The pictures are drawn: the same portrait, in an empty surrounding. The least of a few runs counts.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from model.prediction.predictor import Predictor
from scripts.reliability.pictures import PORTRAIT

RUNS = 3
SIZES = ((320, 240), (640, 480), (1280, 960), (2560, 1920), (4000, 3000), (8000, 6000))
FACES = (0, 1, 2, 5, 10, 20)
USUAL = (1280, 960)  # what Telegram's apps send
FACE_SIDE = 160  # pixels of the portrait, where several are in a photo
GREY = (128, 128, 128)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status, 0."""
    argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.growth", description=__doc__
    ).parse_args(arguments)
    predictor = Predictor(None)
    predictor.warm_up()
    print("| one face, megapixels | CPU, ms |\n| ---: | ---: |")
    for size in SIZES:
        photo = _photo(size, 1, side=min(size) // 2)
        print(f"| {size[0] * size[1] / 1e6:.1f} | {_cpu_ms(predictor, photo)[0]:.0f} |", flush=True)
    print("\n| 1.2 megapixels, faces | found | CPU, ms |\n| ---: | ---: | ---: |")
    for faces in FACES:
        cpu_ms, found = _cpu_ms(predictor, _photo(USUAL, faces, FACE_SIDE))
        print(f"| {faces} | {found} | {cpu_ms:.0f} |", flush=True)
    return 0


def _photo(size: tuple[int, int], faces: int, side: int) -> bytes:
    picture = Image.new("RGB", size, GREY)
    with Image.open(PORTRAIT) as portrait:
        face = portrait.convert("RGB").resize((side, side))
    columns = size[0] // side
    for index in range(faces):
        picture.paste(face, (index % columns * side, index // columns * side))
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=87)
    return stream.getvalue()


def _cpu_ms(predictor: Predictor, photo: bytes) -> tuple[float, int]:
    """Return the least processor time of some runs, and how many faces are found."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        faces = len(predictor.predict(photo).faces)
        times.append(time.process_time() - start)
    return 1000 * min(times), faces


if __name__ == "__main__":
    sys.exit(main())
