"""Run the sandbox: a local server with the part of the Telegram Bot API that this bot uses.

    python -m scripts.sandbox              the server alone; point a bot at it
    python -m scripts.sandbox --with-bot   the server and the bot: the demo

Exit status: 0 when stopped by Ctrl-C or SIGTERM, 1 if the bot stopped by itself, 2 for wrong
arguments.
"""

import argparse
import asyncio
import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from model.errors import pip_command

try:
    import python_multipart  # noqa: F401 - Starlette imports it only when a form arrives

    from bot.sandbox.cast import ADMIN_ID, DEFAULT_TOKEN, USERS
    from bot.sandbox.server import SandboxServer
    from bot.sandbox.state.sandbox_state import SandboxOptions
except ModuleNotFoundError as error:
    sys.exit(
        f"The sandbox needs more packages than the bot ({error}); "
        f"install them with: {pip_command('photo-mood-bot[sandbox]')}"
    )

DEFAULT_PORT = 8081
MAX_PORTS_TRIED = 50
BOT_COMMAND = (sys.executable, "-m", "scripts.sandbox_bot")
DATA_DIR = Path("data/demo")
BOT_STOP_TIMEOUT_S = 12.0
"""The bot itself promises to stop within 10 seconds."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        server = _bind(SandboxOptions(token=options.token), options.host, options.port)
    except OSError as error:
        where = f"{options.host}:{DEFAULT_PORT if options.port is None else options.port}"
        print(
            f"Cannot listen on {where}: {error.strerror or error}. Choose another with --port "
            "(leave it out to get a free one) or --host.",
            file=sys.stderr,
        )
        return 2
    with server:
        return asyncio.run(_demo(server) if options.with_bot else _serve(server))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="photo-mood sandbox", description="Try the bot without Telegram."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (%(default)s)")
    parser.add_argument(
        "--port",
        type=_port,
        help=f"port to bind; 0 for any free one (default: the first free one from {DEFAULT_PORT})",
    )
    parser.add_argument(
        "--token", default=DEFAULT_TOKEN, help="the bot's token (default: one for the sandbox only)"
    )
    parser.add_argument("--with-bot", action="store_true", help="start the bot as well")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 65535, got {text!r}")
    return int(text)


def _bind(options: SandboxOptions, host: str, port: int | None) -> SandboxServer:
    """Return a server on `port`; if None, on the first free port from the default on."""
    if port is not None:
        return SandboxServer(options, host, port)
    for candidate in range(DEFAULT_PORT, DEFAULT_PORT + MAX_PORTS_TRIED):
        with contextlib.suppress(OSError):
            return SandboxServer(options, host, candidate)
    return SandboxServer(options, host, 0)


async def _serve(server: SandboxServer) -> int:
    stopped = _stop_event()
    print(f"Chat page: {server.url}  (Ctrl-C stops it)")
    token = DEFAULT_TOKEN if server.token == DEFAULT_TOKEN else "<the token you gave>"
    print(
        f"Run a bot against it: TELEGRAM_API_URL={server.url} TELEGRAM_BOT_TOKEN={token} "
        f"BOT_ADMINS={ADMIN_ID} {_python()} -m bot",
        flush=True,
    )
    await stopped.wait()
    return 0


def _python() -> str:
    """Return the running interpreter as it is written in a shell in this folder."""
    path = Path(sys.executable)
    relative = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return shlex.quote(str(relative))


async def _demo(server: SandboxServer) -> int:
    stopped = asyncio.create_task(_stop_event().wait())
    process = await _start_bot(server)
    ended = asyncio.create_task(process.wait())
    ready = asyncio.wrap_future(server.bot_ready())
    try:
        await _first(stopped, ended, ready)
        if ready.done() and not ended.done() and not stopped.done():
            print(f"The bot is ready: open {server.url} in a browser. Ctrl-C stops it.")
            print(
                f"You are {USERS[ADMIN_ID]['first_name']}, the admin: try /stats and /retrain.",
                flush=True,
            )
            await _first(stopped, ended)
        if stopped.done():
            return 0
        print(
            f"The bot stopped by itself with status {ended.result()}; see its messages above.",
            file=sys.stderr,
        )
        return 1
    finally:
        await _stop_bot(process, ended)
        stopped.cancel()
        ready.cancel()


async def _start_bot(server: SandboxServer) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *BOT_COMMAND,
        env=_environment(server),
        start_new_session=True,  # so that Ctrl-C reaches the bot only as our SIGTERM
        stdin=asyncio.subprocess.PIPE,  # never written to; it closes when this process ends
    )


async def _first(*futures: asyncio.Future[Any]) -> None:
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)


def _stop_event() -> asyncio.Event:
    """Return an event that Ctrl-C, SIGTERM or a closed terminal sets."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def _stop_bot(process: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
    if not ended.done():
        process.terminate()
    try:
        await asyncio.wait_for(ended, BOT_STOP_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def _environment(server: SandboxServer) -> dict[str, str]:
    database = URL.create("sqlite+aiosqlite", database=str(DATA_DIR.absolute() / "bot.sqlite3"))
    others = {n: v for n, v in os.environ.items() if not n.lower().endswith("_proxy")}
    return {
        **others,
        "TELEGRAM_BOT_TOKEN": server.token,
        "TELEGRAM_API_URL": server.url,
        "BOT_ADMINS": str(ADMIN_ID),
        # Overrides .env: the demo must not write into a real bot's data.
        "BOT_DATA_DIR": str(DATA_DIR),
        "BOT_DATABASE_URL": database.render_as_string(hide_password=False),
        # The bot must reach the sandbox directly, whatever proxy the system or .env names.
        "NO_PROXY": "*",
    }


if __name__ == "__main__":
    sys.exit(main())
