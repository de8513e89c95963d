"""Work in a thread that the process need not wait for when it ends."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


async def run_in_daemon_thread(work: Callable[[], Result]) -> Result:
    """Run a long function in a thread; if cancelled, the thread is abandoned.

    Unlike with `asyncio.to_thread`, neither the event loop nor the interpreter waits for it.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            _call_in_loop(loop, _set_exception, done, error)
        else:
            _call_in_loop(loop, _set_result, done, result)

    threading.Thread(target=run, name="work", daemon=True).start()
    return await done


def _call_in_loop(
    loop: asyncio.AbstractEventLoop, call: Callable[..., None], *values: object
) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(call, *values)


def _set_result(done: "asyncio.Future[Result]", result: Result) -> None:
    if not done.done():
        done.set_result(result)


def _set_exception(done: "asyncio.Future[Result]", error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
