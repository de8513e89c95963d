"""Measure what serving takes: the installed packages, and the memory while photos come.

A bot runs in the sandbox, in a temporary folder. It gets portraits, first one at a time, then all
at once, and then a HEIC file, which it decodes in a process of its own. The memory of all processes
is read ten times a second, and the largest sum is shown. Linux only.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pillow_heif
from PIL import Image

from bot.sandbox.cast import ADMIN_ID
from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import UNLIMITED
from bot.sandbox.state.sandbox_state import SandboxOptions
from scripts.benchmarks.process_memory import MemoryWatch, ProcessMemory, sum_mb
from scripts.benchmarks.running_bot import client_of, running_bot
from scripts.reliability.pictures import PORTRAIT

MAX_PACKAGES_MB = 400.0
MAX_RESIDENT_MB = 200.0
LISTED = 8  # packages
SIDE = 1280  # pixels; Telegram's apps send photos of this size
TIMEOUT_S = 300.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if the packages take more than `MAX_PACKAGES_MB`, or the processes
        more than `MAX_RESIDENT_MB` with photos that come one at a time.
    """
    options = _parser().parse_args(arguments)
    size_mb = _print_packages(options.python)
    with TemporaryDirectory(prefix="benchmark-footprint-") as folder:
        resident_mb = _measure_memory(options.python, Path(folder), options.photos)
    return 0 if size_mb <= MAX_PACKAGES_MB and resident_mb <= MAX_RESIDENT_MB else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.serving_footprint", description=__doc__
    )
    parser.add_argument(
        "--python",
        default=sys.executable,
        metavar="FILE",
        help="the Python of the environment to measure, in which the bot runs (default: this one)",
    )
    parser.add_argument(
        "--photos", type=int, default=40, help="photos of each way (default: %(default)s)"
    )
    return parser


def _print_packages(python: str) -> float:
    """Print the size on disk of an environment's packages; return their sum in MB."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    folder = Path(asked.stdout.strip())
    sizes: dict[str, float] = {}
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            # numpy.libs belongs to numpy.
            name = file.relative_to(folder).parts[0].split(".")[0]
            sizes[name] = sizes.get(name, 0) + file.stat().st_blocks * 512 / 1e6
    total = sum(sizes.values())
    print(f"{folder}: {total:.0f} MB (target: {MAX_PACKAGES_MB:.0f})")
    largest = sorted(sizes.items(), key=lambda one: -one[1])[:LISTED]
    print("  " + ", ".join(f"{name} {size:.0f}" for name, size in largest))
    return total


def _measure_memory(python: str, folder: Path, count: int) -> float:
    """Print the memory in each phase; return that with photos one at a time, in MB."""
    server = SandboxServer(SandboxOptions(limits=UNLIMITED))
    # From the packages of another environment, not from this checkout.
    settings = {} if python == sys.executable else {"python": python, "PYTHONPATH": ""}
    with server, running_bot(server, folder, **settings) as pid, client_of(server) as client:
        with MemoryWatch(pid) as watch:
            pass
        _print_memory("ready", watch.most)
        with MemoryWatch(pid) as one_by_one:
            for number in range(count):
                _send_and_wait(client, "photo", [_portrait(number)])
        _print_memory(f"{count} photos, one at a time", one_by_one.most)
        portraits = [_portrait(count + each) for each in range(count)]
        with MemoryWatch(pid) as watch:
            _send_and_wait(client, "photo", portraits)
        _print_memory(f"{count} photos at once", watch.most)
        with MemoryWatch(pid) as watch:
            _send_and_wait(client, "document", [_portrait(0, "HEIF")], "photo.heic")
        _print_memory("a HEIC file", watch.most)
    return sum_mb(one_by_one.most)


def _portrait(number: int, picture_format: str = "JPEG") -> bytes:
    """Return the portrait with a mark that makes it a picture of its own."""
    pillow_heif.register_heif_opener()
    with Image.open(PORTRAIT) as original:
        picture = original.resize((SIDE, SIDE))
    picture.paste((number % 256, number // 256, 0), (0, 0, 16, 16))
    stream = BytesIO()
    picture.save(stream, picture_format, quality=90)
    return stream.getvalue()


def _send_and_wait(
    client: httpx.Client, kind: str, files: Sequence[bytes], name: str = "photo.jpg"
) -> None:
    """Send files, each as a message, and wait until all are answered.

    Raises:
        TimeoutError: they are not.
    """
    path = f"/sandbox/chats/{ADMIN_ID}"
    form = {"user_id": str(ADMIN_ID), "kind": kind, "caption": ""}
    unanswered = set()
    for content in files:
        sent = client.post(f"{path}/media", data=form, files={"files": (name, content)})
        unanswered.add(sent.raise_for_status().json()["messages"][0]["message_id"])
    deadline = time.monotonic() + TIMEOUT_S
    while unanswered:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(unanswered)} photos are not answered")
        time.sleep(0.05)
        for message in client.get(f"{path}/messages").raise_for_status().json()["messages"]:
            unanswered.discard(message.get("reply_to_message", {}).get("message_id"))


def _print_memory(title: str, processes: Sequence[ProcessMemory]) -> None:
    print(f"{title}: {sum_mb(processes):.0f} MB in {len(processes)} processes", flush=True)
    for one in processes:
        sizes = f"{one.proportional_mb:4.0f} MB (resident {one.resident_mb:.0f})"
        print(f"  {sizes}  {one.command}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
