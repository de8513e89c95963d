"""Checks the memory and the clock of the machine."""

from collections.abc import Iterator
from pathlib import Path

from bot.operations.checks.finding import Finding, ok, warning

# Resident with the shipped model: 203 MB with one worker and 248 MB with four, after photos of 0.3
# megapixels. Larger ones take more while they are decoded.
NEEDED_MB = 300
# Differences this small change nothing for the daily limits and the times of day in the settings.
MAX_CLOCK_ERROR_S = 30.0

_PROC = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")  # of the container, as it sees itself


def check_memory(meminfo: Path = _PROC, cgroup: Path = _CGROUP) -> Iterator[Finding]:
    """Compare the memory that is available with what the bot needs.

    Args:
        meminfo: see proc_meminfo(5). Only Linux has it; without it, there is no finding.
        cgroup: folder of the control group that limits the memory, version 2
            (https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files).
    """
    free = [_available(meminfo), _left_in_group(cgroup)]
    known = [amount for amount in free if amount is not None]
    if not known:
        return
    megabytes = round(min(known) / 1e6)
    if megabytes >= NEEDED_MB:
        yield ok("memory", f"{megabytes} MB available")
        return
    yield warning(
        "memory",
        f"{megabytes} MB available; the bot needs about {NEEDED_MB} MB",
        "Unless the bot is running already: end other programs, add swap space, or raise the "
        "limit of the container. BOT_WORKERS=1 needs the least.",
    )


def check_clock(ahead_s: float | None) -> Iterator[Finding]:
    """Judge the clock of this machine.

    Args:
        ahead_s: by how many seconds it is ahead of the Bot API server's; None if that is not known.
    """
    if ahead_s is None:
        return
    if abs(ahead_s) <= MAX_CLOCK_ERROR_S:
        yield ok("clock", "agrees with Telegram's")
        return
    yield warning(
        "clock",
        f"{abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} Telegram's",
        "Set it, for example with timedatectl set-ntp true. The daily limits and the times of "
        "day in the settings follow it, and certificates may seem expired.",
    )


def _available(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text("ascii").splitlines()
    except OSError:
        return None
    values = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return 1024 * int(values[0]) if values else None


def _left_in_group(cgroup: Path) -> int | None:
    try:
        limit = (cgroup / "memory.max").read_text("ascii").strip()
        used = int((cgroup / "memory.current").read_text("ascii"))
    except OSError:
        return None
    return None if limit == "max" else max(0, int(limit) - used)
