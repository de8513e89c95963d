"""Measures service times: a bot in the sandbox, on a PostgreSQL server of its own, gets photos."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bot.sandbox.server import SandboxServer
from scripts.benchmarks.capacity.service_times import ServiceTimes
from scripts.benchmarks.peers.load import benchmark_server, loading
from scripts.benchmarks.running_bot import running_bot
from scripts.reliability.postgres_server import PostgresServer, running_server

IN_FLIGHT = 8  # while the bot warms up and opens its connections
# As it is installed, so that each commit reaches the disk; every statement is logged with its time.
_OPTIONS = "-c log_min_duration_statement=0 -c log_line_prefix='%n %p '"
_LOGGED = re.compile(
    r"^(?P<at>\d+\.\d+) (?P<pid>\d+) LOG:  duration: (?P<ms>[\d.]+) ms  (?P<what>.*)"
)
_TAKES_LOCK, _ENDS = "pg_advisory_xact_lock", ("COMMIT", "ROLLBACK")


def measure(photos: Sequence[Path]) -> ServiceTimes:
    """Have a bot answer all photos once to warm up, and once one at a time.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    with (
        TemporaryDirectory(prefix="benchmark-capacity-") as folder,
        running_server(_OPTIONS) as database,
        benchmark_server() as server,
        database.database() as name,
        running_bot(server, Path(folder), BOT_DATABASE_URL=database.url(name)) as pid,
    ):
        return asyncio.run(_measure(server, database, name, pid, photos))


async def _measure(
    server: SandboxServer, database: PostgresServer, name: str, pid: int, photos: Sequence[Path]
) -> ServiceTimes:
    clock = ProcessClock(pid)
    async with loading(server, photos) as load:
        await load.send(IN_FLIGHT)
        connections = int(database.sql(name, f"{_CONNECTIONS} WHERE datname = '{name}'"))
        logged, size = len(database.log), _size(database, name)
        database_cpu = tree_cpu_s(database.pid)
        loop, workers = [], []
        clock.restart()
        async for _ in load.one_at_a_time():
            loop_s, others_s = clock.restart()
            loop.append(loop_s)
            workers.append(others_s)
    held = list(lock_times(database.log[logged:].splitlines()))
    return ServiceTimes(
        loop_s=loop,
        workers_s=workers,
        statements_s=[statements for statements, _ in held],
        commit_s=[commit for _, commit in held],
        transactions=len(held) / len(photos),
        database_cpu_s=(tree_cpu_s(database.pid) - database_cpu) / len(photos),
        database_bytes=(_size(database, name) - size) / len(photos),
        connections=connections,
    )


_CONNECTIONS = "SELECT count(*) - 1 FROM pg_stat_activity"  # without the one that asks


def _size(database: PostgresServer, name: str) -> int:
    return int(database.sql(name, f"SELECT pg_database_size('{name}')"))


def lock_times(log: Iterable[str]) -> Iterator[tuple[float, float]]:
    """Yield for how many seconds each write transaction held the lock, from the server's log.

    Yields:
        The seconds before its end began, and those of its end, in which the disk is waited for.
    """
    taken: dict[str, float] = {}  # when, by the id of the server's process
    for line in log:
        if (logged := _LOGGED.match(line)) is None:
            continue
        at, pid, what = float(logged["at"]), logged["pid"], logged["what"]
        if _TAKES_LOCK in what:
            taken[pid] = at
        elif any(end in what for end in _ENDS) and pid in taken:
            end_s = float(logged["ms"]) / 1000
            yield max(0.0, at - taken.pop(pid) - end_s), end_s


class ProcessClock:
    """The processor time of a process, in its first thread and in all others. Linux only.

    Args:
        pid: the process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._loop_s, self._others_s = self._read()

    def restart(self) -> tuple[float, float]:
        """Return the seconds of the first thread and of the others since the last call."""
        before = self._loop_s, self._others_s
        self._loop_s, self._others_s = self._read()
        return self._loop_s - before[0], self._others_s - before[1]

    def _read(self) -> tuple[float, float]:
        by_thread = _cpu_s_by_thread(self._pid)
        return by_thread.pop(self._pid), sum(by_thread.values())


def tree_cpu_s(pid: int) -> float:
    """Return the processor time of a process and of those that it has started and still run."""
    process = psutil.Process(pid)
    pids = [one.pid for one in (process, *process.children(recursive=True))]
    return sum(sum(_cpu_s_by_thread(one).values()) for one in pids if psutil.pid_exists(one))


def _cpu_s_by_thread(pid: int) -> dict[int, float]:
    # In nanoseconds; /proc/…/stat counts in hundredths of a second.
    # https://docs.kernel.org/scheduler/sched-stats.html
    times = {}
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
            nanoseconds = (thread / "schedstat").read_text().split()[0]
            times[int(thread.name)] = int(nanoseconds) / 1e9
    return times
