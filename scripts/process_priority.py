"""How a program that computes for long leaves the machine to those who answer people."""

import os
from contextlib import suppress
from pathlib import Path

_NICENESS = 10  # of 19


def lower_priority(threads: int) -> None:
    """Lower the priority of this process, and keep libraries that are yet to load from spreading.

    Args:
        threads: that each of them may compute in.
    """
    os.nice(_NICENESS)
    if os.getsid(0) == os.getpid():
        # Linux may weigh whole sessions against each other, see sched(7), on autogrouping: niceness
        # then counts within one only. Started by the bot, this process has one of its own.
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICENESS))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    os.environ.update(dict.fromkeys(names, str(threads)))
