"""Commands of `photo-mood` that are killed in the middle."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.reliability.bot_process import REPOSITORY

LOOK_S = 0.0002
START_S = 60.0


class Command:
    """`photo-mood backup` or `restore` as a process.

    Args:
        work: where its work folder appears; it exists.
        *arguments: of `photo-mood`.
    """

    def __init__(self, work: Path, *arguments: str) -> None:
        self._work = work
        self._pattern = f".photo-mood-{arguments[0]}-*"
        self._command = [sys.executable, "-m", "scripts.photo_mood", *arguments]

    def run(self) -> tuple[int, str]:
        """Run it to its end; return the exit status and its output."""
        ended = subprocess.run(  # noqa: S603 - our own command
            self._command, cwd=self._work, env=_environment(), capture_output=True, text=True
        )
        return ended.returncode, ended.stdout + ended.stderr

    def seconds_of_work(self) -> float:
        """Run it; return how long its work folder existed."""
        with self._started() as process:
            began = self._wait_for_work(process)
            while process.poll() is None and list(self._work.glob(self._pattern)):
                time.sleep(LOOK_S)
            return time.monotonic() - began

    def kill_after(self, seconds: float) -> bool:
        """Run it and kill it `seconds` after its work folder has appeared.

        Returns:
            False if it had ended before.
        """
        with self._started() as process:
            began = self._wait_for_work(process)
            while process.poll() is None and time.monotonic() < began + seconds:
                time.sleep(LOOK_S)
            process.send_signal(signal.SIGKILL)
            return process.wait() == -signal.SIGKILL

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            cwd=self._work,
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _wait_for_work(self, process: "subprocess.Popen[bytes]") -> float:
        before = set(self._work.glob(self._pattern))
        deadline = time.monotonic() + START_S
        while process.poll() is None and time.monotonic() < deadline:
            if set(self._work.glob(self._pattern)) - before:
                break
            time.sleep(LOOK_S)
        return time.monotonic()


def kill_again_and_again(
    times: int, command: Callable[[], Command], look: Callable[[], str], rng: random.Random
) -> dict[str, int]:
    """Kill a command at random moments of its work, and a little later.

    Args:
        times: how often.
        command: makes it; the first one is not killed.
        look: describes what a killed one has left; raises AssertionError if it must not be so.
        rng: chooses the moments.

    Returns:
        How often each description came.
    """
    took = command().seconds_of_work()
    look()
    found: dict[str, int] = {}
    for _ in range(times):
        killed = command().kill_after(rng.uniform(0, 1.1 * took))
        description = look() if killed else f"{look()}; it had ended before"
        found[description] = found.get(description, 0) + 1
    return found


def require(holds: bool, otherwise: str) -> None:
    """Raise AssertionError unless something holds."""
    if not holds:
        raise AssertionError(otherwise)


def _environment() -> dict[str, str]:
    own = ("TELEGRAM_", "BOT_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**inherited, "PYTHONPATH": str(REPOSITORY)}
