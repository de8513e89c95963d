"""Low priority for programs that compute for a long time, so that the bot stays responsive."""

import os
from contextlib import suppress
from pathlib import Path

_NICENESS = 10  # of 19


def lower_priority(threads: int) -> None:
    """Lower the priority of this process, and limit the threads of libraries loaded later.

    Args:
        threads: number of threads that each of these libraries may use.
    """
    os.nice(_NICENESS)
    if os.getsid(0) == os.getpid():
        # With autogrouping, see sched(7), Linux distributes time between sessions, and niceness
        # counts only within one. If the bot started this process, it has a session of its own.
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICENESS))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    os.environ.update(dict.fromkeys(names, str(threads)))
