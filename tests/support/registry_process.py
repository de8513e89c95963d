"""A program that changes a registry until it is killed.

`python -m tests.support.registry_process forever REGISTRY MADE` goes on and on, and prints a line
for
each change that is done. `... step-by-step FOLDER MADE` makes a round in FOLDER/0, killed before
its first step, in FOLDER/1, killed before its second, and so on, until one gets through. A step is
a line of `model.registry.atomic_files`, or a call anywhere that changes what is on the disk.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from model.registry import atomic_files
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry

TraceFunction = Callable[[FrameType, str, object], "TraceFunction | None"]

MADE = ("a", "b", "c", "d")


def change(registry: Registry, made: Path, name: str) -> None:
    """Add, promote, roll back, prune, clean up."""
    with acquire_lock(registry.retrain_lock):
        registry.clean_up()
    if name not in [version.name for version in registry.versions()]:
        registry.add(made / name)
    print(f"added {name}", flush=True)
    registry.promote(name)
    registry.rollback()
    registry.promote(name)
    print(f"promoted {name}", flush=True)
    registry.promote(registry.versions()[-1].name)
    registry.rollback()
    registry.prune(keep=1)


def forever(folder: Path, made: Path) -> None:
    """Change a registry until somebody kills this process."""
    for name in itertools.cycle(MADE):
        change(Registry(folder), made, name)


def step_by_step(folder: Path, made: Path) -> None:
    """Be killed at every step of a round, each time in a registry of its own."""
    for step in itertools.count():
        child = os.fork()
        if child == 0:
            die_at(step)
            registry = Registry(folder / str(step), shipped=made / "shipped")
            with acquire_lock(registry.retrain_lock):
                registry.clean_up()
            registry.add(made / "a")
            registry.promote("a")
            registry.rollback()
            registry.prune(keep=0)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return


def die_at(step: int) -> None:
    """Be killed before the step of this number, from 0."""
    numbers = itertools.count()

    def count() -> None:
        if next(numbers) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if changes(event, arguments):
            count()

    def trace(frame: FrameType, event: str, _: object) -> "TraceFunction | None":
        if frame.f_code.co_filename != atomic_files.__file__:
            return None
        if event == "line":
            count()
        return trace

    sys.addaudithook(audit)
    sys.settrace(trace)


def changes(event: str, arguments: tuple[object, ...]) -> bool:
    """Say whether an audited event may change what is on the disk."""
    if event == "open":
        flags = arguments[2]
        assert isinstance(flags, int)
        return flags & (os.O_WRONLY | os.O_RDWR) != 0
    return event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir")


if __name__ == "__main__":
    kind, *folders = sys.argv[1:]
    {"forever": forever, "step-by-step": step_by_step}[kind](*map(Path, folders))
