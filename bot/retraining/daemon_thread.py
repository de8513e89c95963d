"""Work in a thread that the process need not wait for when it ends."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


async def run_in_daemon_thread(work: Callable[[], Result]) -> Result:
    """Do something that takes long; cancelled, it is left to itself.

    Unlike with `asyncio.to_thread`, neither the event loop nor the interpreter waits for it.

    Args:
        work: what to do.

    Returns:
        What it returns; what it raises is raised.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            _later(loop, _fail, done, error)
        else:
            _later(loop, _succeed, done, result)

    threading.Thread(target=run, name="work", daemon=True).start()
    return await done


def _later(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *values: object) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(call, *values)


def _succeed(done: "asyncio.Future[Result]", result: Result) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: "asyncio.Future[Result]", error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
