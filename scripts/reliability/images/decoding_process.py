"""A process that decodes files and reports the time and memory of each.

`DecodingProcess` starts this module as a process and communicates with it. One process decodes
thousands of files, so that fuzzing does not take long. Needs Linux to measure memory.
"""

import json
import logging
import resource
import select
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import numpy as np

from model.errors import ImageError
from model.images import decoding
from model.images.decoding import DecodedImage
from model.images.heif import TIMEOUT_S
from model.images.validation import MAX_SIDE, Format, sniff_format
from model.prediction.predictor import Predictor
from scripts.reliability.images.samples import samples

MEGABYTE = 1_000_000
# The most that any file may cost.
MAX_MEGABYTES = 500
MAX_SECONDS = 10.0
MAX_HEIF_SECONDS = TIMEOUT_S + MAX_SECONDS
_CLASSIFY = "--classify"
_HANGING_S = 90.0  # by the clock, on a machine that others use as well

Decoder = Callable[[bytes], DecodedImage]


@dataclass(frozen=True, slots=True)
class DecodingResult:
    """The result of decoding one file."""

    outcome: str  # "decoded", the name of an ImageError, or what went wrong
    expected: bool  # a valid image or an ImageError
    megabytes: float  # of memory at its peak, above idle, including the file and child processes
    seconds: float  # of CPU time, including child processes
    max_seconds: float

    @property
    def harmless(self) -> bool:
        """Whether the outcome is an expected one and cost no more than allowed."""
        return self.expected and self.megabytes < MAX_MEGABYTES and self.seconds < self.max_seconds


class DecodingProcess:
    """The client of the process, which it restarts when it dies or hangs.

    Args:
        classify: also find the faces and classify them, as the bot does.
    """

    def __init__(self, *, classify: bool = False) -> None:
        self._options = [_CLASSIFY] if classify else []
        self._process = self._start()

    def __enter__(self) -> "DecodingProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def decode(self, data: bytes) -> DecodingResult:
        """Decode a file in the process, which is killed if it takes far too long."""
        stdin, stdout = _pipes(self._process)
        stdin.write(struct.pack(">I", len(data)) + data)
        stdin.flush()
        ready, _, _ = select.select([stdout], [], [], _HANGING_S)
        line = stdout.readline() if ready else b""
        if line:
            return DecodingResult(**json.loads(line))
        outcome = f"died ({self._process.wait()})" if ready else f"hung for {_HANGING_S:.0f} s"
        self._stop()
        self._process = self._start()
        return DecodingResult(outcome, False, 0.0, 0.0, 0.0)

    def _start(self) -> subprocess.Popen[bytes]:
        module = "scripts.reliability.images.decoding_process"
        return subprocess.Popen(  # noqa: S603 - this module
            # Warnings are not thread-safe, so there must not be any.
            [sys.executable, "-W", "error", "-m", module, *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )

    def _stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process was started without pipes")
    return process.stdin, process.stdout


def _try_to_decode(data: bytes, decode: Decoder) -> tuple[str, bool]:
    try:
        image = decode(data)
    except ImageError as error:
        return type(error).__name__, bool(str(error))
    except Exception as error:
        return repr(error), False
    return ("decoded", True) if _is_valid(image) else (f"invalid {image}", False)


def _is_valid(image: DecodedImage) -> bool:
    pixels = image.pixels
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        return False
    height, width, _ = pixels.shape
    return bool(
        min(height, width) >= 1
        and max(height, width) <= MAX_SIDE
        and height <= image.height
        and width <= image.width
    )


def _memory(name: str) -> float:
    """Read the memory of this process in MB: VmRSS for now, VmHWM for the peak since its reset."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024 / MEGABYTE
    raise LookupError(name)


def _measure(data: bytes, decode: Decoder, idle: float) -> DecodingResult:
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM, see proc(5)
    start = _cpu_seconds()
    outcome, expected = _try_to_decode(data, decode)
    seconds = _cpu_seconds() - start
    megabytes = _memory("VmHWM") - idle
    is_heif = sniff_format(data) is Format.HEIF
    if is_heif:
        megabytes += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / MEGABYTE
    max_seconds = MAX_HEIF_SECONDS if is_heif else MAX_SECONDS
    return DecodingResult(outcome, expected, round(megabytes, 1), round(seconds, 3), max_seconds)


def _decode_and_classify() -> Decoder:
    predictor = Predictor()
    predictor.warm_up()

    def decode(data: bytes) -> DecodedImage:
        verdict = predictor.predict(data)
        return DecodedImage(verdict.rgb, *verdict.size)

    return decode


def _cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    """Decode the files on standard input, each preceded by its length, until it ends."""
    logging.disable()  # each HEIF file that does not decode is a warning
    decode = _decode_and_classify() if _CLASSIFY in sys.argv else decoding.decode
    for sample in samples():
        decode(sample.data)  # lazy imports must not count as memory of the first file
    idle = _memory("VmRSS")
    while header := sys.stdin.buffer.read(4):
        data = sys.stdin.buffer.read(struct.unpack(">I", header)[0])
        print(json.dumps(asdict(_measure(data, decode, idle))), flush=True)


if __name__ == "__main__":
    main()
