"""A process that decodes files and reports the time and memory of each.

`DecodingProcess` starts this module as a process and communicates with it. One process decodes
thousands of files, so that fuzzing does not take long.
"""

import json
import resource
import select
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from model.errors import ImageError
from model.images.decoding import DecodedImage, decode
from model.images.validation import MAX_SIDE

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class DecodingResult:
    """The result of decoding one file."""

    outcome: str  # "decoded", the name of an ImageError, or what went wrong
    acceptable: bool  # a valid image or an ImageError
    megabytes: float  # growth of memory at its peak, including child processes
    seconds: float


class DecodingProcess:
    """The client of the process, which it restarts when it dies or hangs."""

    def __init__(self) -> None:
        self._process = self._start()

    def __enter__(self) -> "DecodingProcess":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def decode(self, data: bytes, deadline: float) -> DecodingResult:
        """Decode a file in the process.

        Args:
            data: content of the file.
            deadline: seconds after which the process is considered hanging and killed.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(struct.pack(">I", len(data)) + data)
        stdin.flush()
        ready, _, _ = select.select([stdout], [], [], deadline)
        line = stdout.readline() if ready else b""
        if line:
            return DecodingResult(**json.loads(line))
        outcome = f"died ({self._process.wait()})" if ready else "hangs"
        self._stop()
        self._process = self._start()
        return DecodingResult(outcome, False, 0.0, deadline)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            # Warnings are not thread-safe, so there must not be any.
            [sys.executable, "-W", "error", "-m", "tests.support.decoding_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )

    def _stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def _try_to_decode(data: bytes) -> tuple[str, bool]:
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


def _measure(data: bytes) -> DecodingResult:
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM, see proc(5)
    memory, start = _memory("VmRSS"), time.monotonic()
    outcome, acceptable = _try_to_decode(data)
    seconds = time.monotonic() - start
    megabytes = _memory("VmHWM") - memory
    if data[4:8] == b"ftyp":
        megabytes += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / MEGABYTE
    return DecodingResult(outcome, acceptable, round(megabytes, 1), round(seconds, 3))


def main() -> None:
    """Decode the files on standard input, each preceded by its length, until it ends."""
    _import_everything()
    while header := sys.stdin.buffer.read(4):
        data = sys.stdin.buffer.read(struct.unpack(">I", header)[0])
        print(json.dumps(vars(_measure(data))), flush=True)


def _import_everything() -> None:
    """Decode one image: lazy imports must not count as memory of the first file."""
    from tests.support.pictures import jpeg_bytes

    decode(jpeg_bytes())


if __name__ == "__main__":
    main()
