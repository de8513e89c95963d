"""Graceful shutdown on a signal, within a deadline."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import NoReturn

# Docker kills a program ten seconds after it asked it to stop.
GRACE_S = 5.0  # for the pending answers; what is left after that is answered at the next start
STORAGE_S = 2.0  # to store what was answered
DEADLINE_S = 9.5  # for everything, even if something hangs

logger = logging.getLogger(__name__)


def catch_stop_signals() -> asyncio.Event:
    """Turn the first SIGTERM, SIGINT or SIGHUP into an event.

    A second SIGTERM or SIGINT ends the program at once. A second SIGHUP does not: a terminal that
    is closed may send it twice, from the kernel and from the shell. A SIGHUP that is ignored, as
    under `nohup`, stays ignored.

    The first one also starts a timer that ends the program even if it hangs. The timer is never
    cancelled, because the model's threads may still run after the event loop has ended.
    """
    stop = asyncio.Event()
    watchdog = threading.Timer(DEADLINE_S, exit_now, ["Shutdown timed out, exiting", 0])
    watchdog.daemon = True

    def received(number: signal.Signals) -> None:
        if stop.is_set():
            if number == signal.SIGHUP:
                return
            exit_now("Second signal received, exiting at once", 128 + number)
        logger.info("%s received, finishing pending updates", number.name)
        watchdog.start()
        stop.set()

    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        asyncio.get_running_loop().add_signal_handler(number, received, number)
    return stop


def exit_now(reason: str, status: int) -> None:
    """End the process without waiting for anything, not even for threads."""
    logger.error(reason)
    logging.shutdown()
    os._exit(status)


@asynccontextmanager
async def in_background(work: Coroutine[None, None, NoReturn]) -> AsyncIterator[None]:
    """Run an endless coroutine while the block runs."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def run_until(stop: asyncio.Event, work: Awaitable[object]) -> bool:
    """Await something until it ends or the bot is asked to stop.

    Args:
        stop: set when the bot is asked to stop.
        work: cancelled when `stop` is set first. Its exceptions are passed on.

    Returns:
        True if `work` ended by itself.
    """
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return True
        return False
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
