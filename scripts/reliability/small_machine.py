"""Measure which pictures the bot survives with one core and little memory.

The bot runs in a control group with limited memory and no swap, on one core and with one worker, as
on such a machine; the sandbox does not. A person sends pictures as files, one after the other, and
then several at once. If the kernel kills something for lack of memory, the table says so; a bot
that was killed is started again, as systemd would do. Needs root, and Linux's control groups,
version 1 or 2.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import pillow_heif
from PIL import Image

from scripts.reliability.ledger import Json, Sent
from scripts.reliability.people import People
from scripts.reliability.pictures import PORTRAIT
from scripts.reliability.report import MB, verdict
from scripts.reliability.trial import Trial, run, trial

GROUPS = Path("/sys/fs/cgroup")
LOOK_S = 0.02
PATIENCE_S = 120.0
AT_ONCE = 10
# Format, megapixels, further arguments of Pillow's `save`
FILES = [
    ("JPEG", 12, {"quality": 90}),
    ("JPEG", 48, {"quality": 90}),
    ("JPEG", 48, {"quality": 90, "progressive": True}),
    ("PNG", 12, {}),
    ("PNG", 48, {}),
    ("WEBP", 12, {}),
    ("WEBP", 24, {}),
    ("HEIF", 12, {}),
    ("HEIF", 24, {}),
    ("HEIF", 48, {}),
]


class MemoryGroup:
    """A control group of this script's own.

    Args:
        megabytes: how much memory its processes get, in units of 2**20 bytes.
    """

    def __init__(self, megabytes: int) -> None:
        self._is_v2 = (GROUPS / "cgroup.controllers").exists()
        self._folder = (GROUPS if self._is_v2 else GROUPS / "memory") / "photo-mood-small"
        self._folder.mkdir(exist_ok=True)
        limit = "memory.max" if self._is_v2 else "memory.limit_in_bytes"
        (self._folder / limit).write_text(str(megabytes * MB))
        with suppress(OSError):  # where the kernel does not count swap
            swap = "memory.swap.max" if self._is_v2 else "memory.memsw.limit_in_bytes"
            (self._folder / swap).write_text("0" if self._is_v2 else str(megabytes * MB))

    @property
    def command_prefix(self) -> Sequence[str]:
        """What starts a command in the group, on the first core."""
        script = f'echo $$ > {self._folder}/cgroup.procs && exec taskset -c 0 "$@"'
        return ["sh", "-c", script, "sh"]

    @property
    def kills(self) -> int:
        """How many processes the kernel has killed for lack of memory."""
        name = "memory.events" if self._is_v2 else "memory.oom_control"
        lines = (self._folder / name).read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

    def remove(self) -> None:
        """Remove the group; its processes must have ended."""
        self._folder.rmdir()


@contextmanager
def memory_group(megabytes: int) -> Iterator[MemoryGroup]:
    """Make a control group, and remove it afterwards."""
    group = MemoryGroup(megabytes)
    try:
        yield group
    finally:
        group.remove()


async def measure(megabytes: int) -> bool:
    """Print the table; return whether everything got a word."""
    pillow_heif.register_heif_opener()
    with memory_group(megabytes) as group:
        async with trial(1, command_prefix=group.command_prefix, BOT_WORKERS="1") as running:
            idle = running.bot.resident_bytes() / MB
            print(f"{megabytes} MB, one core; idle: {idle:.0f} MB", flush=True)
            print("| picture | MB | answer | after | most memory | killed |")
            print("| --- | ---: | --- | ---: | ---: | --- |", flush=True)
            small = Small(running, group)
            for kind, megapixels, how in FILES:
                files = [await asyncio.to_thread(_file, kind, megapixels, how)]
                name = f"{'progressive ' if how.get('progressive') else ''}{kind}"
                await small.send(f"{name}, {megapixels} megapixels", files)
            for kind in ("JPEG", "HEIF"):
                shades = range(AT_ONCE)
                files = [await asyncio.to_thread(_file, kind, 12, {}, shade) for shade in shades]
                await small.send(f"{AT_ONCE} {kind}, 12 megapixels, at once", files)
            silent = running.ledger.waiting()
            return verdict("without a word", not silent, str(len(silent)))


class Small:
    """Sends pictures and prints a row of the table for each.

    Args:
        running: the trial.
        group: what the bot runs in.
    """

    def __init__(self, running: Trial, group: MemoryGroup) -> None:
        self._running, self._group = running, group
        self._acting = People(running, seed=1)

    async def send(self, name: str, files: Sequence[bytes]) -> None:
        """Send files, each in a message of its own, and wait for all answers."""
        kills, starts = self._group.kills, len(self._running.bot.starts)
        user = self._running.people[0]
        sent = [await self._acting.send_files(user, [file], "document") for file in files]
        most = await self._watch(lambda: all(one.word.is_set() for one in sent))
        killed = self._group.kills - kills
        restarts = len(self._running.bot.starts) - starts
        what = f"{killed} processes, {restarts} of them the bot" if killed else "–"
        after = max(one.seconds or float("nan") for one in sent)
        print(
            f"| {name} | {len(files[0]) / 1e6:.1f} | {_answers(sent)} | {after:.1f} s "
            f"| {most / MB:.0f} MB | {what} |",
            flush=True,
        )

    async def _watch(self, done: Callable[[], bool]) -> int:
        """Wait until `done`, starting the bot again if it ends; return its most memory in bytes."""
        most, bot = 0, self._running.bot
        deadline = time.monotonic() + PATIENCE_S
        while not done() and time.monotonic() < deadline:
            if not bot.runs:
                bot.start()
                await bot.wait_until_ready()
            most = max(most, bot.resident_bytes())
            await asyncio.sleep(LOOK_S)
        return most


def _answers(sent: Sequence[Sent]) -> str:
    texts = [_text(one.answers[0][1]) if one.answers else "none" for one in sent]
    different = sorted({text.partition("\n")[0] for text in texts})
    return "; ".join(f"“{text}”" for text in different)


def _text(message: Json) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _file(kind: str, megapixels: int, how: Mapping[str, object], shade: int = 0) -> bytes:
    """Encode the portrait on a plain background, so that it fits into the 20 MB that bots may get.

    Args:
        kind: a format of Pillow.
        megapixels: width times height.
        how: further arguments of `Image.save`.
        shade: of the background, so that files differ.
    """
    width = round((megapixels * 4e6 / 3) ** 0.5)
    height = width * 3 // 4
    canvas = Image.new("RGB", (width, height), (90, 110, 130 + shade))
    with Image.open(PORTRAIT) as portrait:
        canvas.paste(portrait.convert("RGB").resize((height // 2, height // 2)), (0, 0))
    stream = BytesIO()
    canvas.save(stream, kind, **how)
    return stream.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if something got no word.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.small_machine", description=__doc__
    )
    parser.add_argument(
        "--megabytes", type=int, default=512, help="of memory (default: %(default)s)"
    )
    return run(measure(parser.parse_args(arguments).megabytes))


if __name__ == "__main__":
    sys.exit(main())
