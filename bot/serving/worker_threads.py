"""Threads that do work within a time limit.

Python cannot end a thread. One that exceeds the limit is given up: whoever waits for its work gets
an error, and another thread takes its place. It still uses a processor and memory, so when too many
of them have not ended, the process has to.

The limit is on processor time. With a limit on elapsed time, a busy computer would give up work
that is merely delayed and begin more beside it, until the process has to end.
"""

import asyncio
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

from model.errors import ImageTimeoutError

LIMIT_S = 10.0
ELAPSED_LIMIT_S = 60.0  # for work that only waits, and where a thread's time cannot be read
MAX_STUCK = 4

T = TypeVar("T")

logger = logging.getLogger(__name__)


class _Job:
    """Work, and the future of its result.

    Args:
        work: runs in a thread.
        loop: the event loop of those who wait for the result.
    """

    def __init__(self, work: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.loop = loop
        self.result: asyncio.Future[Any] = loop.create_future()
        self.timer: asyncio.TimerHandle | None = None
        self.given_up = False
        self.ended = False
        self._begun_at = 0.0
        self._clock: int | None = None
        self._clock_at_start = 0.0

    def begin(self) -> None:
        """Start the clocks; called by the thread that does the work."""
        self._begun_at = time.monotonic()
        if sys.platform == "linux":  # on macOS a thread cannot read the clock of another
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
            self._clock_at_start = time.clock_gettime(self._clock)

    def seconds(self) -> float:
        """Return the time since the beginning."""
        return time.monotonic() - self._begun_at

    def processor_seconds(self) -> float:
        """Return the processor time used so far, 0 if unknown; only while the thread lives."""
        if self._clock is None:
            return 0.0
        return time.clock_gettime(self._clock) - self._clock_at_start


class WorkerThreads:
    """A fixed number of threads, those that were given up not counted.

    The process does not end before they do; see `close`.

    Args:
        count: how many there are.
        limit_s: seconds of processor time that work may take.
        elapsed_limit_s: seconds that it may take in all.
        max_stuck: threads that may be given up and still run before `too_many_stuck` is set.
    """

    def __init__(
        self,
        count: int,
        limit_s: float = LIMIT_S,
        elapsed_limit_s: float = ELAPSED_LIMIT_S,
        max_stuck: int = MAX_STUCK,
    ) -> None:
        self.too_many_stuck = asyncio.Event()
        self._count = count
        self._limit_s = limit_s
        self._elapsed_limit_s = elapsed_limit_s
        self._max_stuck = max_stuck
        self._stuck = 0
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # a job is either ended by its thread or given up
        for _ in range(count):
            self._start_thread()

    async def run(self, work: Callable[[], T]) -> T:
        """Run a function in the next free thread.

        If the caller is cancelled, work that has begun goes on, and its result is dropped.

        Raises:
            ImageTimeoutError: it exceeds a limit, counted from its beginning.
        """
        context = copy_context()  # so that the log names the update there, too
        job = _Job(lambda: context.run(work), asyncio.get_running_loop())
        self._jobs.put(job)
        result: T = await job.result
        return result

    def close(self) -> None:
        """Drop work that has not begun; threads end after what they are doing."""
        with suppress(queue.Empty):
            while job := self._jobs.get_nowait():
                job.result.cancel()
        for _ in range(self._count):
            self._jobs.put(None)

    def _start_thread(self) -> None:
        threading.Thread(target=self._serve, name="inference").start()

    def _serve(self) -> None:
        while self._do_next():
            pass

    def _do_next(self) -> bool:
        """Do the next job, and return whether its thread is still needed."""
        job = self._jobs.get()  # in this function, so that a thread that waits holds no picture
        if job is None:
            return False
        if job.result.cancelled():
            return True
        job.begin()
        _call(job.loop, self._look_after, job, min(self._limit_s, self._elapsed_limit_s))
        result, error = None, None
        try:
            result = job.work()
        except BaseException as raised:
            error = raised
        with self._lock:
            job.ended = True
        _call(job.loop, self._end, job, result, error)
        return not job.given_up

    # In the event loop:

    def _look_after(self, job: _Job, seconds: float) -> None:
        """Look after some seconds whether a job exceeds a limit."""
        if not job.ended:
            job.timer = job.loop.call_later(seconds, self._check, job)

    def _check(self, job: _Job) -> None:
        with self._lock:
            if job.ended:
                return
            left_s = min(
                self._limit_s - job.processor_seconds(), self._elapsed_limit_s - job.seconds()
            )
            job.given_up = left_s <= 0
        if job.given_up:
            self._give_up(job)
        else:
            self._look_after(job, left_s)

    def _give_up(self, job: _Job) -> None:
        self._stuck += 1
        logger.error("A photo takes over %.0f s and is given up", job.seconds())
        self._start_thread()
        if self._stuck >= self._max_stuck:
            self.too_many_stuck.set()
        if not job.result.done():
            job.result.set_exception(ImageTimeoutError())

    def _end(self, job: _Job, result: object, error: BaseException | None) -> None:
        if job.timer:
            job.timer.cancel()
        if job.given_up:
            self._stuck -= 1
            logger.info("A photo that was given up is done after %.0f s", job.seconds())
        elif job.result.done():  # its caller was cancelled
            pass
        elif error:
            job.result.set_exception(error)
        else:
            job.result.set_result(result)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *values: object) -> None:
    with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
        loop.call_soon_threadsafe(function, *values)
