"""Show what the bot's processor time for a photo is spent on.

A bot runs in the sandbox, in a temporary folder, with a sampler in it. That makes it slower; the
sampler's own time is left out. The photos come one at a time, each from another of 200 chats.
Linux only.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.sandbox.server import SandboxServer
from scripts.benchmarks.peers.load import benchmark_server, loading
from scripts.benchmarks.peers.photos import draw_photos, photos_in
from scripts.benchmarks.running_bot import running_sampled_bot
from scripts.benchmarks.sampled_bot import RESULT
from scripts.reliability.bot_process import BotProcess

WRITTEN_S = 30.0
LOOP = "event loop and sockets"
REST = "the rest"
# Shares, and what a call stack of theirs contains; the first that fits counts.
SHARES = (
    ("face search: detector passes", "model.faces.blazeface:"),
    ("face search: presence checks", "model.faces.presence:"),
    ("face search: pyramid, tiles, crops", "model.faces.detector:"),
    ("moods of the faces", "Predictor._classify_faces"),
    ("colours of a photo without a face", "model.prediction.color_baseline:"),
    ("decoding", "model.images."),
    ("the rest of the pipeline", "Predictor.predict"),
    ("drawing and its JPEG", "model.prediction.annotate:"),
    ("crops as PNG", "model.faces.crops:encode_png"),
    ("database: SQLite", "sqlalchemy.engine.default:DefaultDialect.do_"),
    ("database: SQLAlchemy and its callers", "bot.storage."),
    ("threads for the database and crops, between two tasks", "concurrent.futures.thread:_worker"),
    ("HTTP", "httpx."),
    ("requests of python-telegram-bot", "telegram._bot:"),
    ("reading of updates", "bot.inbox.received:"),
)
_PIPELINE = "Predictor.predict"
# Where the event loop waits. It gives up the interpreter lock there, so that many samples are taken
# just then, and the time since the last one belongs to what the loop did before.
_WAITING = "selectors:EpollSelector.select"
_LOOP_MODULES = ("asyncio.", "selectors:", "anyio.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: command line arguments; by default those of the process.

    Returns:
        The exit status, 0.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.profile", description=__doc__
    )
    parser.add_argument(
        "photos",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="the photos to send, in the folder or below it (default: pictures that are drawn)",
    )
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="benchmark-profile-") as name:
        folder = Path(name)
        photos = photos_in(options.photos) if options.photos else draw_photos(folder)
        with benchmark_server() as server, running_sampled_bot(server, folder) as bot:
            asyncio.run(_sample(server, bot, photos))
            samples = _result(folder / RESULT)
    _print(samples, len(photos))
    return 0


async def _sample(server: SandboxServer, bot: BotProcess, photos: Sequence[Path]) -> None:
    async with loading(server, photos) as load:
        await load.send(in_flight=8)  # what happens only once
        bot.signal(signal.SIGUSR1)
        await load.send(in_flight=1)
        bot.signal(signal.SIGUSR1)


def _result(file: Path) -> list[tuple[list[str], float]]:
    """Return what the sampled bot writes, once it has.

    Raises:
        TimeoutError: it does not.
    """
    deadline = time.monotonic() + WRITTEN_S
    while not file.exists():
        if time.monotonic() > deadline:
            raise TimeoutError("the bot does not write its samples")
        time.sleep(0.1)
    return [(stack, seconds) for stack, seconds in json.loads(file.read_text())]


def shares(samples: Iterable[tuple[Sequence[str], float]]) -> dict[str, float]:
    """Return the seconds of each share.

    What the event loop spent in waiting is divided among its other shares, in proportion: to wait
    takes a hundredth of a millisecond.

    Args:
        samples: stacks, from the outermost call to the innermost, with seconds.
    """
    seconds = dict.fromkeys([*(name for name, _ in SHARES), LOOP, REST], 0.0)
    of_loop: defaultdict[str, float] = defaultdict(float)
    waited = 0.0
    for stack, spent in samples:
        if stack and stack[-1] == _WAITING:
            waited += spent
        elif any(call.startswith("asyncio.base_events:BaseEventLoop._run") for call in stack):
            of_loop[_share(stack)] += spent
        else:
            seconds[_share(stack)] += spent
    for share, spent in of_loop.items():
        seconds[share] += spent * (1 + waited / sum(of_loop.values()))
    return seconds


def _share(stack: Sequence[str]) -> str:
    calls = ";".join(stack)
    for name, part in SHARES:
        if part in calls:
            return name
    return LOOP if stack and stack[-1].startswith(_LOOP_MODULES) else REST


def _print(samples: Sequence[tuple[Sequence[str], float]], photos: int) -> None:
    by_share = shares(samples)
    whole = sum(by_share.values())
    pipeline = sum(spent for stack, spent in samples if _PIPELINE in ";".join(stack))
    print("| share | CPU, ms a photo | % |\n| --- | ---: | ---: |")
    for name, spent in by_share.items():
        print(f"| {name} | {1000 * spent / photos:.1f} | {100 * spent / whole:.0f} |")
    print(f"| together | {1000 * whole / photos:.1f} | 100 |")
    print(f"\nWithout the pipeline: {1000 * (whole - pipeline) / photos:.1f} ms a photo")


if __name__ == "__main__":
    sys.exit(main())
