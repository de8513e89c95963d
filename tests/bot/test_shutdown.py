import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.shutdown import DEADLINE_S, GRACE_S, run_until

REPOSITORY = Path(__file__).parents[2]
DOCKER_KILLS_AFTER_S = 10  # the default of `docker stop`
HANGING_PROGRAM = """
import asyncio, os, signal, time
from bot import shutdown

async def hang():
    shutdown.DEADLINE_S = 0.2
    stop = shutdown.catch_stop_signals()
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()
    time.sleep(60)

asyncio.run(hang())
"""
CLOSED_TERMINAL = """
import asyncio, os, signal
from bot import shutdown

async def run():
    stop = shutdown.catch_stop_signals()
    os.kill(os.getpid(), signal.SIGHUP)
    await asyncio.sleep(0)  # a handler runs in the event loop
    os.kill(os.getpid(), signal.SIGHUP)
    for _ in range(3):
        await asyncio.sleep(0)
    print("stopping" if stop.is_set() else "running")

asyncio.run(run())
"""


def test_a_stop_ends_before_docker_kills_the_program() -> None:
    assert GRACE_S < DEADLINE_S < DOCKER_KILLS_AFTER_S


def test_a_program_that_hangs_after_the_signal_is_ended() -> None:
    command = [sys.executable, "-c", HANGING_PROGRAM]
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stderr == "Shutdown timed out, exiting\n"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("prefix", "state"), [(["env", "--default-signal=HUP"], "stopping"), (["nohup"], "running")]
)
def test_a_closed_terminal_stops_the_bot_gently_unless_nohup_says_no(
    prefix: list[str], state: str
) -> None:
    command = [*prefix, sys.executable, "-c", CLOSED_TERMINAL]
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == f"{state}\n"
    assert done.returncode == 0


async def test_run_until_lets_the_work_end() -> None:
    async def work() -> str:
        return "done"

    assert await run_until(asyncio.Event(), work())


async def test_run_until_cancels_the_work_on_a_stop() -> None:
    stop, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    assert not await run_until(stop, work())
    assert cancelled.is_set()


async def test_run_until_passes_on_exceptions() -> None:
    async def work() -> None:
        raise ValueError("oops")

    with pytest.raises(ValueError, match="oops"):
        await run_until(asyncio.Event(), work())
