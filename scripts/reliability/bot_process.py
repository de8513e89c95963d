"""The bot as a process of its own, and its log."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, ClassVar, Final, cast

from bot.settings import Settings

REPOSITORY: Final = Path(__file__).parents[2]
START_S: Final = 60
# A stop takes up to 9.5 seconds by the bot's own clock, and longer where the machine is busy.
STOP_S: Final = 30


class BotProcess:
    """`python -m bot` and its log.

    Attributes:
        arguments: what Python runs.

    Args:
        folder: an empty working directory, so that no `.env` of the developer is found.
        command_prefix: a command that runs the bot's command, such as `setpriv`.
        python: the Python that runs it.
        settings: its environment variables; settings of the developer's environment are left out.
    """

    arguments: ClassVar[Sequence[str]] = ("-m", "bot")

    def __init__(
        self,
        folder: Path,
        command_prefix: Sequence[str] = (),
        python: str = sys.executable,
        **settings: str,
    ) -> None:
        own = {name.upper() for name in Settings.model_fields}
        inherited = {name: value for name, value in os.environ.items() if name not in own}
        self._process = subprocess.Popen(  # noqa: S603 - the prefix is the caller's own
            [*command_prefix, python, *self.arguments],
            cwd=folder,
            env={**inherited, "PYTHONPATH": str(REPOSITORY), "NO_PROXY": "127.0.0.1", **settings},
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._stderr = cast(IO[str], self._process.stderr)
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    @property
    def log(self) -> str:
        with self._changed:
            return "".join(self._lines)

    def wait_for_log(self, part: str, seconds: float = START_S) -> None:
        """Wait until a line of the log contains `part`.

        Raises:
            AssertionError: it does not within `seconds`, or the process ends before it does.
        """
        self._wait(lambda: any(part in line for line in self._lines), seconds)
        if part not in self.log:
            raise AssertionError(f"{part!r} is not in the log:\n{self.log}")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float = START_S) -> int:
        """Wait until the process ends; return its exit status."""
        status = self._process.wait(seconds)
        self._reader.join(seconds)
        return status

    def stop(self) -> int:
        """Stop the bot as an operator does; return its exit status.

        Raises:
            subprocess.TimeoutExpired: it takes longer than `STOP_S` seconds.
        """
        self.signal(signal.SIGTERM)
        return self.wait(STOP_S)

    def close(self) -> None:
        """Kill the process if it still runs, and close its log."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        self._stderr.close()

    def _read(self) -> None:
        for line in self._stderr:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _wait(self, happened: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self._changed:
            while not (happened() or self._ended):
                if not self._changed.wait(deadline - time.monotonic()):
                    return
