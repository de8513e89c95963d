"""What the processes that decode files of strangers have in common, seen from both ends.

Some decoders have no option that limits their work, so the operating system does.
"""

import os
import resource
import signal
from pathlib import Path

# What Python may need to start. The rest of the environment, such as the bot's token, is nothing
# for a process that reads files of strangers.
_ENVIRONMENT = ("PATH", "PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

# Where `python -m model...` works.
FOLDER = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def used_up_its_time(status: int) -> bool:
    """Return whether a process ended because of the limit on its processor time."""
    return status == -signal.SIGXCPU


def limit_this_process(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit what this process may use: no core file, so much private memory and processor time."""
    _limit(resource.RLIMIT_CORE, 0)
    # SIGXCPU, which tells why, is sent at the soft limit, and SIGKILL at the hard one. If both are
    # the same, Linux sends only SIGKILL.
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_DATA, memory_bytes)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower the limits of this process, unless they are lower already."""
    hard = soft if hard is None else hard
    _, given = resource.getrlimit(kind)
    if given != resource.RLIM_INFINITY:
        soft, hard = min(soft, given), min(hard, given)
    resource.setrlimit(kind, (soft, hard))
