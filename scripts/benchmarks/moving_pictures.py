"""Measure the time and memory that a GIF, a sticker or a video takes from its bytes to the verdict.

Every file is judged in a fresh process, with the model loaded before the clock starts. All
times but the elapsed one are processor time, to which other programs hardly matter; "decoder" is
the process that decodes videos. The last files are hostile.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from io import BytesIO
from itertools import chain
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.errors import ImageError
from model.prediction.predictor import Predictor

Frames = Iterator[NDArray[np.uint8]]
MB = 2**20
MP4_HEADER = b"\0\0\0\x18ftypisom"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.moving_pictures", description=__doc__
    )
    parser.add_argument("photo", type=Path, help="a photo with a face, shown in some of the files")
    parser.add_argument("--judge", action="store_true", help="judge the file PHOTO, print JSON")
    options = parser.parse_args(arguments)
    if options.judge:
        print(json.dumps(_judge(options.photo.read_bytes())))
    else:
        with Image.open(options.photo) as photo, tempfile.TemporaryDirectory() as folder:
            _print_table(photo.convert("RGB"), Path(folder) / "file")
    return 0


def _print_table(photo: Image.Image, file: Path) -> None:
    print("| file | MB | outcome | frames | bot, s | decoder, s | elapsed, s | decoder, MB |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for name, make in _files(photo).items():
        file.write_bytes(make())
        command = [sys.executable, "-m", __spec__.name, "--judge", str(file)]
        judged = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - ours
        found = json.loads(judged.stdout)
        print(
            f"| {name} | {file.stat().st_size / MB:.2f} | {found['outcome']} | {found['frames']} "
            f"| {found['bot_s']:.2f} | {found['decoder_s']:.2f} | {found['elapsed_s']:.2f} "
            f"| {found['decoder_mb']:.0f} |",
            flush=True,
        )


def _judge(data: bytes) -> dict[str, object]:
    predictor = Predictor()
    predictor.warm_up()
    start, cpu = time.perf_counter(), time.process_time()
    frames = 0
    try:
        verdict = predictor.predict(data)
        frames = verdict.frame.looked_at if verdict.frame else 1
        outcome = f"{len(verdict.faces)} face{'' if len(verdict.faces) == 1 else 's'}"
    except ImageError as error:
        outcome = type(error).__name__
    decoder = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "outcome": outcome,
        "frames": frames,
        "elapsed_s": time.perf_counter() - start,
        "bot_s": time.process_time() - cpu,
        "decoder_s": decoder.ru_utime + decoder.ru_stime,
        "decoder_mb": decoder.ru_maxrss / 1024,
    }


def _files(photo: Image.Image) -> dict[str, Callable[[], bytes]]:
    face = _fitted(photo)
    return {
        "photo, 1280 px": lambda: _image(face(1280, 960), "JPEG"),
        "still sticker (WebP), 512 px": lambda: _image(face(512, 512), "WEBP"),
        "GIF as Telegram converts it, 3 s, 480 px": lambda: _mp4(_still(face(480, 360), 90), 30),
        "the same, nobody in it": lambda: _mp4(_noise(480, 360, 90), 30),
        "video sticker (WebM), 3 s, 512 px": lambda: _webm(_still(face(512, 512), 60), 20),
        "video note, 60 s, 384 px": lambda: _mp4(_still(face(384, 384), 1800), 30),
        "video, 15 s, Full HD": lambda: _mp4(_still(face(1920, 1080), 450), 30),
        "video, 60 s, Full HD, 20 MB, nobody in it": lambda: _large(1920, 1080, fps=25),
        "video, 60 s, 4K at 5 a second, 20 MB, nobody in it": lambda: _large(3840, 2160, fps=5),
        "the same with a single key frame": lambda: _large(3840, 2160, fps=5, key_every=10_000),
        "video of 61 s": lambda: _mp4(_noise(320, 240, 62), 1),
        "video, 8K": lambda: _mp4(_noise(7680, 4320, 1), 1),
        "MP4 without an index": lambda: _mp4(_noise(480, 360, 90), 30)[:-3000],
        "20 MB of zeros after the header of an MP4": lambda: (
            MP4_HEADER + bytes(20 * MB - len(MP4_HEADER))
        ),
        "a million packets of one byte": _many_packets,
    }


def _fitted(photo: Image.Image) -> Callable[[int, int], NDArray[np.uint8]]:
    """Return a function that puts the photo into the middle of a grey picture."""

    def fitted(width: int, height: int) -> NDArray[np.uint8]:
        picture = Image.new("RGB", (width, height), "grey")
        small = photo.copy()
        small.thumbnail((width, height))
        picture.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
        return np.asarray(picture)

    return fitted


def _still(picture: NDArray[np.uint8], count: int) -> Frames:
    return iter([picture] * count)


def _noise(width: int, height: int, count: int) -> Frames:
    """Yield frames of smooth colours with noise, which compress badly and show nobody."""
    generator = np.random.default_rng(1)
    small = generator.integers(0, 256, (3, 4, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
    noise = generator.integers(0, 32, (height, width, 1), np.uint8)
    different = [np.roll(smooth // 2 + noise, 4 * shift, axis=1) for shift in range(min(8, count))]
    for number in range(count):
        yield different[number % len(different)]


def _image(picture: NDArray[np.uint8], image_format: str) -> bytes:
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, image_format, quality=87)
    return buffer.getvalue()


def _mp4(frames: Frames, fps: int, **options: str) -> bytes:
    return _encode(frames, fps, "mp4", "libx264", {"preset": "ultrafast", **options})


def _webm(frames: Frames, fps: int) -> bytes:
    options = {"deadline": "realtime", "cpu-used": "8"}
    return _encode(frames, fps, "webm", "libvpx-vp9", options, "yuva420p")


def _large(width: int, height: int, fps: int, key_every: int = 250) -> bytes:
    """Return a video of 60 s and nearly 20 MB: so many bits a second, filled up with nothing."""
    bits = str(20 * MB * 8 // 60 * 98 // 100)
    limits = {"b": bits, "minrate": bits, "maxrate": bits, "bufsize": bits, "g": str(key_every)}
    limits["x264-params"] = "nal-hrd=cbr"
    return _mp4(_noise(width, height, 60 * fps), fps, **limits)


def _encode(
    frames: Frames,
    fps: int,
    container: str,
    codec: str,
    options: dict[str, str],
    pixels: str = "yuv420p",
) -> bytes:
    buffer, first = BytesIO(), next(frames)
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=fps, options=options)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = pixels
        for picture in chain([first], frames):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode())
    return buffer.getvalue()


def _many_packets() -> bytes:
    """Return a Matroska file of packets with next to nothing in them."""
    buffer = BytesIO()
    with av.open(buffer, "w", format="matroska") as output:
        stream = output.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        time_base = Fraction(1, 1_000_000)
        for number in range(1_000_000):
            packet = av.Packet(b"x")
            packet.stream, packet.time_base = stream, time_base
            packet.pts = packet.dts = number
            output.mux(packet)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
