"""Several bot processes on one PostgreSQL database, behind a proxy that takes turns."""

import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from scripts.reliability.reverse_proxy import ReverseProxy
from tests.support.bot_process import BotProcess, BotSandbox


@dataclass(frozen=True, slots=True)
class Replicas:
    """The processes.

    Attributes:
        bots: the processes.
        settings: the settings of each, with which it can be started again.
        sandbox: what stands for Telegram.
    """

    bots: list[BotProcess]
    settings: Sequence[dict[str, str]]
    sandbox: BotSandbox

    def kill(self, number: int) -> None:
        self.bots[number].signal(signal.SIGKILL)
        self.bots[number].wait()

    def owner_of(self, chat: int) -> int:
        """Return which of the processes handles the updates of a chat."""
        owners = self.sql("SELECT chat_id, replica_id FROM chat_owners").splitlines()
        owner = dict(line.split("\t") for line in owners)[str(chat)]
        (number,) = (
            number for number, bot in enumerate(self.bots) if f"This replica is {owner}" in bot.log
        )
        return number

    def sql(self, query: str) -> str:
        """Return the rows that a statement selects, as text."""
        database = self.sandbox.shared_database
        assert database is not None
        return database.server.sql(database.name, query)


@contextmanager
def running_replicas(sandbox: BotSandbox, count: int = 2, **settings: str) -> Iterator[Replicas]:
    """Start bots; the sandbox delivers to one after the other."""
    ports = [_free_port() for _ in range(count)]
    with ReverseProxy([f"http://127.0.0.1:{port}" for port in ports]) as proxy:
        each = [
            {
                "BOT_WEBHOOK_URL": proxy.url,
                "BOT_WEBHOOK_LISTEN": f"127.0.0.1:{port}",
                "BOT_DATA_DIR": str(sandbox.folder / f"replica{number}"),
                **settings,
            }
            for number, port in enumerate(ports)
        ]
        bots = [sandbox.start_bot(ready=False, **one) for one in each]
        for bot in bots:
            bot.wait_for_log("Ready:")
        yield Replicas(bots, each, sandbox)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
