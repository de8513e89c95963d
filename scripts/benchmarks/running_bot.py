"""A bot in the sandbox, for measurements from outside of its process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bot.sandbox.server import SandboxServer
from scripts.reliability.bot_process import BotProcess
from scripts.reliability.sandbox_crowd import NO_TLS


@contextmanager
def running_bot(server: SandboxServer, folder: Path, **settings: str) -> Iterator[int]:
    """Run a bot, and yield its process id when it is ready.

    Args:
        server: the sandbox.
        folder: where it runs.
        **settings: further arguments of `BotProcess`.
    """
    bot = BotProcess(
        folder, TELEGRAM_BOT_TOKEN=server.token, TELEGRAM_API_URL=server.url, **settings
    )
    try:
        bot.wait_for_log("Ready:")
        yield bot.pid
    finally:
        bot.close()


class _SampledBot(BotProcess):
    arguments = ("-m", "scripts.benchmarks.sampled_bot")


@contextmanager
def running_sampled_bot(server: SandboxServer, folder: Path) -> Iterator[BotProcess]:
    """Run the bot of `sampled_bot`, and yield it when it is ready.

    Args:
        server: the sandbox.
        folder: where it runs.
    """
    bot = _SampledBot(folder, TELEGRAM_BOT_TOKEN=server.token, TELEGRAM_API_URL=server.url)
    try:
        bot.wait_for_log("Ready:")
        yield bot
    finally:
        bot.close()


def client_of(server: SandboxServer) -> httpx.Client:
    """Return a client for the sandbox, to be closed by the caller."""
    return httpx.Client(base_url=server.url, timeout=90, trust_env=False, verify=NO_TLS)
