"""How the bot is asked to stop, and how it makes sure that it does."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Coroutine
from typing import Any

# Docker and systemd kill a program that has not ended ten seconds after being asked to.
GRACE_S = 5.0  # for the answers in hand; whose turn has not come by then is told so
LAST_WORDS_S = 2.0  # for telling them
DEADLINE_S = 9.5  # for everything, whatever hangs

logger = logging.getLogger(__name__)


def catch_stop_signals() -> asyncio.Event:
    """Turn the first SIGTERM or SIGINT into an event; a second one ends the program at once.

    From the first one on a timer runs that ends the program even if it hangs. It is never
    stopped: when the event loop is gone, the threads of the model may still be at work.
    """
    stop = asyncio.Event()
    watchdog = threading.Timer(DEADLINE_S, _end_now, ["Something hangs, ended the bot", 0])
    watchdog.daemon = True

    def received(number: signal.Signals) -> None:
        if stop.is_set():
            _end_now("Asked twice, ended at once", 128 + number)
        logger.info("%s received, finishing what is in hand", number.name)
        watchdog.start()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, received, number)
    return stop


def _end_now(why: str, status: int) -> None:
    logger.error(why)
    logging.shutdown()
    os._exit(status)


async def run_until(stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> bool:
    """Do something that is given up when it is time to stop.

    Args:
        stop: set when it is time.
        work: what to do; cancelled when `stop` is set first. Its exceptions pass through.

    Returns:
        True if the work came to its end.
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
