import asyncio
import sys
import threading
from collections.abc import Iterator

import pytest

from bot.serving.worker_threads import WorkerThreads
from model.errors import ImageTimeoutError


@pytest.fixture
def threads() -> Iterator[WorkerThreads]:
    threads = WorkerThreads(2, elapsed_limit_s=0.2, max_stuck=3)
    yield threads
    threads.close()


@pytest.fixture
def end() -> Iterator[threading.Event]:
    """What work that takes too long waits for."""
    event = threading.Event()
    yield event
    event.set()


async def test_work_that_takes_too_long_fails_alone(
    threads: WorkerThreads, end: threading.Event
) -> None:
    with pytest.raises(ImageTimeoutError):
        await threads.run(end.wait)
    # There are two threads again.
    both = threading.Barrier(2, timeout=10)
    await asyncio.gather(threads.run(both.wait), threads.run(both.wait))


async def test_the_limit_does_not_include_waiting_for_a_thread(end: threading.Event) -> None:
    threads = WorkerThreads(1, limit_s=0.1, elapsed_limit_s=1.0)
    work = (threads.run(lambda: end.wait(0.4)) for _ in range(3))
    assert await asyncio.gather(*work) == [False] * 3
    threads.close()


async def test_too_many_threads_that_do_not_end_are_reported(
    threads: WorkerThreads, end: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    work = (threads.run(end.wait) for _ in range(2))
    await asyncio.gather(*work, return_exceptions=True)
    assert not threads.too_many_stuck.is_set()
    with pytest.raises(ImageTimeoutError):
        await threads.run(end.wait)
    assert threads.too_many_stuck.is_set()
    assert caplog.text.count("is given up") == 3


async def test_threads_that_end_late_do_not_count(threads: WorkerThreads) -> None:
    for _ in range(4):
        end, late = threading.Event(), list[threading.Thread]()

        def work(end: threading.Event = end, late: list[threading.Thread] = late) -> None:
            late.append(threading.current_thread())
            end.wait()

        with pytest.raises(ImageTimeoutError):
            await threads.run(work)
        end.set()
        await asyncio.to_thread(late[0].join, 10)
    assert not threads.too_many_stuck.is_set()


async def test_a_caller_who_is_cancelled_does_not_disturb(
    threads: WorkerThreads, end: threading.Event
) -> None:
    began = threading.Event()

    def work() -> None:
        began.set()
        end.wait(10)

    working = asyncio.create_task(threads.run(work))
    await asyncio.to_thread(began.wait, 10)
    working.cancel()
    await asyncio.wait({working})
    end.set()
    assert await threads.run(lambda: "next") == "next"


async def test_closing_drops_work_that_has_not_begun(end: threading.Event) -> None:
    threads = WorkerThreads(1)
    began = threading.Event()

    def work() -> bool:
        began.set()
        return end.wait(10)

    first, second = (asyncio.ensure_future(threads.run(work)) for _ in range(2))
    await asyncio.to_thread(began.wait, 10)
    threads.close()
    await asyncio.wait({second})
    assert second.cancelled()
    end.set()
    assert await first


@pytest.mark.skipif(sys.platform != "linux", reason="a thread cannot read another's clock")
async def test_work_may_wait_longer_than_it_may_compute() -> None:
    threads = WorkerThreads(1, limit_s=0.05)
    end = threading.Event()

    def compute() -> None:
        while not end.is_set():
            pass

    assert not await threads.run(lambda: end.wait(0.1))
    with pytest.raises(ImageTimeoutError):
        await threads.run(compute)
    end.set()
    threads.close()
