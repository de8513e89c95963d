"""The memory of a process and of its children, as Linux counts it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_S = 0.1
_MAX_COMMAND = 80  # characters


@dataclass(frozen=True, slots=True)
class ProcessMemory:
    """The memory of one process.

    Attributes:
        command: its command line, cut.
        resident_mb: memory in use, what it shares with other processes included.
        proportional_mb: the same, but of what is shared only its part (PSS in
            https://docs.kernel.org/filesystems/proc.html), so that these can be added.
    """

    command: str
    resident_mb: float
    proportional_mb: float


class MemoryWatch:
    """Reads the memory of a process and its children at intervals; a context manager.

    Args:
        pid: id of the process.
    """

    def __init__(self, pid: int) -> None:
        self.most: list[ProcessMemory] = []  # when their sum was largest
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            processes = [memory for pid in _tree(self._pid) if (memory := _read(pid))]
            if sum_mb(processes) > sum_mb(self.most):
                self.most = processes
            if self._ended.wait(EVERY_S):
                return


def sum_mb(processes: Sequence[ProcessMemory]) -> float:
    """Return the memory of several processes together; what they share counts once."""
    return sum(process.proportional_mb for process in processes)


def _tree(pid: int) -> list[int]:
    """Return a process and all its descendants that run."""
    found = [pid]
    try:
        for file in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in file.read_text().split():
                found += _tree(int(child))
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        pass
    return found


def _read(pid: int) -> ProcessMemory | None:
    """Return the memory of a process; None if it has ended, or has none yet or any more."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    sizes = {name: int(rest.split()[0]) for name, _, rest in (one.partition(":") for one in lines)}
    return ProcessMemory(command[:_MAX_COMMAND], sizes["Rss"] / 1024, sizes["Pss"] / 1024)
