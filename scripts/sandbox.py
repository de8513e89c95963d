"""Run the sandbox: a local server that speaks the Telegram Bot API, with a chat page.

    python -m scripts.sandbox              the server alone; point a bot at it
    python -m scripts.sandbox --with-bot   the server and the bot: the demo

Exit status: 0 when stopped by Ctrl-C or SIGTERM, 1 when the bot died, 2 for wrong arguments.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bot.sandbox.cast import ADMIN_ID, DEFAULT_TOKEN
from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions

DEFAULT_PORT: Final = 8081
PORTS_TRIED: Final = 50
BOT_COMMAND: Final = (sys.executable, "-m", "scripts.sandbox_bot")
DATA_DIR: Final = Path("data/demo")
PATIENCE: Final = 12.0
"""Seconds the bot has to stop; it promises 10."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.sandbox", description="Try the bot without Telegram."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (%(default)s)")
    parser.add_argument(
        "--port",
        type=_port,
        help=f"port to bind, 0 for any free one (the first free one from {DEFAULT_PORT} on)",
    )
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the bot's token (a harmless one)")
    parser.add_argument("--with-bot", action="store_true", help="start the bot as well")
    options = parser.parse_args(arguments)
    try:
        server = _bound(SandboxOptions(token=options.token), options.host, options.port)
    except OSError as fault:
        where = f"{options.host}:{DEFAULT_PORT if options.port is None else options.port}"
        print(
            f"Cannot listen on {where}: {fault.strerror or fault}. Choose another with --port "
            "(leave it out to get a free one) or --host.",
            file=sys.stderr,
        )
        return 2
    with server:
        return asyncio.run(_demo(server) if options.with_bot else _serve(server))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return port


def _bound(options: SandboxOptions, host: str, port: int | None) -> SandboxServer:
    """Return a server on `port`, or, when None, on the first free one from the default on."""
    if port is not None:
        return SandboxServer(options, host, port)
    for candidate in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        with contextlib.suppress(OSError):
            return SandboxServer(options, host, candidate)
    return SandboxServer(options, host, 0)


async def _serve(server: SandboxServer) -> int:
    stopped = _stop_signal()
    print(f"Chat page: {server.url}  (Ctrl-C stops it)")
    token = DEFAULT_TOKEN if server.token == DEFAULT_TOKEN else "<the token you gave>"
    print(
        f"Run a bot against it: TELEGRAM_API_URL={server.url} TELEGRAM_BOT_TOKEN={token} "
        f"BOT_ADMINS={ADMIN_ID} python -m bot",
        flush=True,
    )
    await stopped.wait()
    return 0


async def _demo(server: SandboxServer) -> int:
    stopped = asyncio.create_task(_stop_signal().wait())
    # A session of its own, so that Ctrl-C reaches the bot once, as our SIGTERM.
    process = await asyncio.create_subprocess_exec(
        *BOT_COMMAND,
        env=_environment(server),
        start_new_session=True,
        stdin=asyncio.subprocess.PIPE,  # never written to; it closes when we are gone
    )
    died = asyncio.create_task(process.wait())
    polled = asyncio.wrap_future(server.bot_ready())
    try:
        first: set[asyncio.Future[Any]] = {stopped, died, polled}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if polled.done() and not died.done() and not stopped.done():
            print(f"The bot is ready: open {server.url} in a browser. Ctrl-C stops it.", flush=True)
            await asyncio.wait(first - {polled}, return_when=asyncio.FIRST_COMPLETED)
        if stopped.done():
            return 0
        print(
            f"The bot stopped by itself with status {died.result()}; see its messages above.",
            file=sys.stderr,
        )
        return 1
    finally:
        await _end(process, died)
        for task in (stopped, polled):
            task.cancel()


def _stop_signal() -> asyncio.Event:
    """Return an event that Ctrl-C, SIGTERM and a closed terminal set."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def _end(process: asyncio.subprocess.Process, died: asyncio.Task[int]) -> None:
    if not died.done():
        process.terminate()
    try:
        await asyncio.wait_for(died, PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()


def _environment(server: SandboxServer) -> dict[str, str]:
    host = server.url.removeprefix("http://").rpartition(":")[0]
    # A proxy for the outside world must not stand between the bot and the sandbox.
    direct = ",".join(filter(None, (os.environ.get("NO_PROXY"), host.strip("[]"))))
    return {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": server.token,
        "TELEGRAM_API_URL": server.url,
        "BOT_ADMINS": str(ADMIN_ID),
        # Whatever a file .env says: the demo must not write into a real bot's data.
        "BOT_DATA_DIR": str(DATA_DIR),
        "BOT_DATABASE_URL": f"sqlite+aiosqlite:///{DATA_DIR.absolute() / 'bot.sqlite3'}",
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


if __name__ == "__main__":
    sys.exit(main())
