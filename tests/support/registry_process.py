"""A program that changes a registry until it is killed.

`python -m tests.support.registry_process forever REGISTRY MADE` changes a registry in an endless
loop, and prints a line after each change. `... step-by-step FOLDER MADE` makes the same changes in
FOLDER/0, killed before the first step, in FOLDER/1, killed before the second one, and so on, until
one is not killed. A step is a line of `model.registry.atomic_files`, or any call that changes the
disk.
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
    """Add, promote, roll back, prune and clean up."""
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
    """Change a registry until this process is killed."""
    for name in itertools.cycle(MADE):
        change(Registry(folder), made, name)


def step_by_step(folder: Path, made: Path) -> None:
    """Change one registry after the other, killed one step later each time."""
    for step in itertools.count():
        child = os.fork()
        if child == 0:
            kill_before(step)
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


def kill_before(step: int) -> None:
    """Kill this process before the given step, counted from 0."""
    numbers = itertools.count()

    def count() -> None:
        if next(numbers) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if changes_disk(event, arguments):
            count()

    def trace(frame: FrameType, event: str, _: object) -> "TraceFunction | None":
        if frame.f_code.co_filename != atomic_files.__file__:
            return None
        if event == "line":
            count()
        return trace

    sys.addaudithook(audit)
    sys.settrace(trace)


def changes_disk(event: str, arguments: tuple[object, ...]) -> bool:
    """Tell whether an audit event may change the disk."""
    if event == "open":
        flags = arguments[2]
        assert isinstance(flags, int)
        return flags & (os.O_WRONLY | os.O_RDWR) != 0
    return event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir")


if __name__ == "__main__":
    kind, *folders = sys.argv[1:]
    {"forever": forever, "step-by-step": step_by_step}[kind](*map(Path, folders))
