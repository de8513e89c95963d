"""A process that decodes what it is sent, and reports what each decoding cost.

Run as a module it is the process itself; `DecodingProcess` starts it and talks to it. It lives as
long as nothing kills it, so that thousands of files can be tried within seconds.
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
class Outcome:
    """What became of one file."""

    answer: str  # "picture", the name of an ImageError, or what went wrong
    expected: bool  # a valid picture or an ImageError
    megabytes: float  # by which the memory grew at its peak, processes it started included
    seconds: float


class DecodingProcess:
    """The parent's side. A process that dies or stays silent is replaced by a new one."""

    def __init__(self) -> None:
        self._process = self._started()

    def __enter__(self) -> "DecodingProcess":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def decode(self, data: bytes, deadline: float) -> Outcome:
        """Have one file decoded.

        Args:
            data: the file.
            deadline: seconds after which the process counts as hanging and is killed.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(struct.pack(">I", len(data)) + data)
        stdin.flush()
        ready, _, _ = select.select([stdout], [], [], deadline)
        line = stdout.readline() if ready else b""
        if line:
            return Outcome(**json.loads(line))
        answer = f"died ({self._process.wait()})" if ready else "hangs"
        self._stop()
        self._process = self._started()
        return Outcome(answer, False, 0.0, deadline)

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            # Warnings are errors: they are not safe between threads, so there must be none.
            [sys.executable, "-W", "error", "-m", "tests.support.decoding_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )

    def _stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def _answer(data: bytes) -> tuple[str, bool]:
    try:
        picture = decode(data)
    except ImageError as error:
        return type(error).__name__, bool(str(error))
    except Exception as error:
        return repr(error), False
    return ("picture", True) if _is_valid(picture) else (f"invalid {picture}", False)


def _is_valid(picture: DecodedImage) -> bool:
    pixels = picture.pixels
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        return False
    height, width, _ = pixels.shape
    return bool(
        min(height, width) >= 1
        and max(height, width) <= MAX_SIDE
        and height <= picture.height
        and width <= picture.width
    )


def _memory(name: str) -> float:
    """A figure of this process in MB: VmRSS is now, VmHWM the peak since it was reset."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024 / MEGABYTE
    raise LookupError(name)


def _outcome(data: bytes) -> Outcome:
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM, see proc(5)
    memory, start = _memory("VmRSS"), time.monotonic()
    answer, expected = _answer(data)
    seconds = time.monotonic() - start
    megabytes = _memory("VmHWM") - memory
    if data[4:8] == b"ftyp":
        megabytes += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / MEGABYTE
    return Outcome(answer, expected, round(megabytes, 1), round(seconds, 3))


def main() -> None:
    """Answer files on standard input, each led by its length, until it ends."""
    decode_once_to_import_everything()
    while header := sys.stdin.buffer.read(4):
        data = sys.stdin.buffer.read(struct.unpack(">I", header)[0])
        print(json.dumps(vars(_outcome(data))), flush=True)


def decode_once_to_import_everything() -> None:
    """What is imported lazily must not count as memory of the first picture."""
    from tests.support.pictures import jpeg_bytes

    decode(jpeg_bytes())


if __name__ == "__main__":
    main()
