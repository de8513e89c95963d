"""Compare the decoding of large JPEG files with libjpeg's own scaled decoding.

The files are noise of 48 megapixels, baseline and progressive, of up to 20 MB. Processor time is
the least of a few runs, in turn; memory is the most that a process has above what it had before.
Linux only.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from model.images.decoding import decode
from model.images.validation import MAX_BYTES

SIZE = (8000, 6000)
RUNS = 3
QUALITIES = range(95, 50, -2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status, 0."""
    argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.large_jpeg", description=__doc__
    ).parse_args(arguments)
    print("| 48 megapixels | MB | decode, CPU ms | libjpeg at 1/4, CPU ms | ratio | memory, MB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, progressive in (("baseline", False), ("progressive", True)):
        data = _file(progressive)
        runs = [(_cpu_ms(decode, data), _cpu_ms(_scaled, data)) for _ in range(RUNS)]
        own, scaled = (min(times) for times in zip(*runs, strict=True))
        print(
            f"| {name} | {len(data) / 1e6:.1f} | {own:.0f} | {scaled:.0f} | {own / scaled:.2f} | "
            f"{_memory_mb(data):.0f} |",
            flush=True,
        )
    return 0


def _file(progressive: bool) -> bytes:
    """Return the best quality that the bot accepts of a coarse pattern with noise."""
    random = np.random.default_rng(1)
    coarse = random.integers(0, 256, (SIZE[1] // 50, SIZE[0] // 50, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize(SIZE, Image.Resampling.BILINEAR))
    noise = random.integers(0, 24, smooth.shape, np.uint8)
    picture = Image.fromarray(np.minimum(smooth, 231) + noise)
    for quality in QUALITIES:
        stream = BytesIO()
        picture.save(stream, "JPEG", quality=quality, progressive=progressive)
        if stream.tell() < MAX_BYTES:
            return stream.getvalue()
    raise ValueError("no quality makes the file small enough")


def _scaled(data: bytes) -> None:
    """Decode at a quarter of the size, which is what libjpeg delivers for this size."""
    with Image.open(BytesIO(data)) as image:
        image.draft("RGB", (SIZE[0] // 4, SIZE[1] // 4))
        image.load()


def _cpu_ms(decoder: Callable[[bytes], object], data: bytes) -> float:
    start = time.process_time()
    decoder(data)
    return 1e3 * (time.process_time() - start)


def _memory_mb(data: bytes) -> float:
    """Return how much more memory a new process has at most while it decodes."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_growth_mb, (data,))


def _growth_mb(data: bytes) -> float:
    decode(_small())  # loads what decoding needs
    before = _peak_mb()
    decode(data)
    return _peak_mb() - before


def _peak_mb() -> float:
    # Not getrusage: its value is inherited from the process that started this one.
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _small() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (64, 64)).save(stream, "JPEG")
    return stream.getvalue()


if __name__ == "__main__":
    sys.exit(main())
