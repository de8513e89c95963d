import os
import subprocess
import sys

from scripts.benchmarks.process_memory import MemoryWatch


def test_children_are_listed_with_their_memory() -> None:
    command = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE) as child,
        MemoryWatch(os.getpid()) as watch,
    ):
        assert child.stdin is not None
    listed = {one.command: one for one in watch.most}
    assert " ".join(command) in listed
    assert len(listed) >= 2
    assert all(0 < one.proportional_mb <= one.resident_mb for one in watch.most)
