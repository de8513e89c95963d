"""Check that every panel of the Grafana dashboard, and every alert, finds its data.

Prometheus scrapes a bot in a sandbox, with the rules of deploy/monitoring, while simulated people
send photos and tap on the answers, and Telegram fails now and then. Then Prometheus is asked for
every query of the dashboard, over the time of the load; one that finds nothing is a failure. For
alerts, the metrics must exist. `prometheus` must be in the PATH.
"""

import argparse
import asyncio
import json
import re
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from scripts.reliability.bot_process import REPOSITORY
from scripts.reliability.people import People
from scripts.reliability.report import verdict
from scripts.reliability.trial import Trial, run, trial

MONITORING = REPOSITORY / "deploy" / "monitoring"
DASHBOARD = MONITORING / "grafana" / "dashboards" / "photo-mood.json"
PATIENCE_S = 30.0
EVERY_S = 0.5  # between two messages
TAPPED = 0.5  # share of the answers
SCRAPE_S = 1
RATE_INTERVAL = f"{4 * SCRAPE_S}s"  # as Grafana computes it, but for the scrape interval here
STEP_S = 1
_METRIC = re.compile(r"\b(?:photo_mood|process)_\w+")


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel."""

    panel: str
    expression: str


class Prometheus:
    """A running Prometheus.

    Args:
        http: connects to it.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def values(self, expression: str, start: float, end: float) -> list[float]:
        """Return the finite values that an expression has had, for any labels.

        Args:
            expression: in PromQL.
            start: the beginning, in seconds since 1970.
            end: the end, likewise.

        Raises:
            httpx.HTTPStatusError: the expression is wrong.
        """
        asked = {"query": expression, "start": str(start), "end": str(end), "step": str(STEP_S)}
        answer = await self._http.post("/api/v1/query_range", data=asked)
        series = answer.raise_for_status().json()["data"]["result"]
        numbers = (float(number) for one in series for _, number in one["values"])
        return [number for number in numbers if abs(number) < float("inf")]

    async def scrapes(self) -> bool:
        """Return whether it has reached the bot."""
        now = time.time()
        return 1.0 in await self.values('up{job="photo-mood"}', now - 5 * SCRAPE_S, now)


@asynccontextmanager
async def prometheus(bot: str, folder: Path) -> AsyncIterator[Prometheus]:
    """Run a Prometheus with the rules of deploy/monitoring while the block runs.

    Args:
        bot: address of the bot's metrics, as host:port.
        folder: an empty folder for its files.
    """
    for name in ("prometheus.yml", "alerts.yml"):
        shutil.copy(MONITORING / name, folder)
    config = folder / "prometheus.yml"
    text = config.read_text().replace("bot:8080", bot)
    config.write_text(text.replace("15s", f"{SCRAPE_S}s"))
    listen = _free_address()
    process = await asyncio.create_subprocess_exec(
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={listen}",
        "--log.level=error",
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{listen}", trust_env=False) as http:
            await _until_ready(http)
            yield Prometheus(http)
    finally:
        process.terminate()
        await process.wait()


def panels() -> list[dict[str, Any]]:
    """Return the panels of the dashboard, as Grafana's JSON has them."""
    return list(json.loads(DASHBOARD.read_text())["panels"])


def _queries() -> Iterator[Query]:
    """Yield the queries of the panels, with what Grafana puts in place of its variables."""
    for panel in panels():
        for target in panel.get("targets", ()):
            expression = target["expr"].replace("$__rate_interval", RATE_INTERVAL)
            yield Query(panel["title"], expression)


def _metrics_of_alerts() -> list[str]:
    """Return the names of the metrics that alerts refer to."""
    return sorted(set(_METRIC.findall((MONITORING / "alerts.yml").read_text())))


def _free_address() -> str:
    """Return a local address on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


async def check(seconds: float, people: int, seed: int) -> bool:
    """Let people use a bot for a while, then ask for every query.

    Returns:
        Whether each of them has found data.
    """
    listen = _free_address()
    with TemporaryDirectory(prefix="prometheus-") as folder:
        async with (
            trial(people, BOT_HTTP_LISTEN=listen) as running,
            prometheus(listen, Path(folder)) as server,
        ):
            async with asyncio.timeout(PATIENCE_S):
                while not await server.scrapes():  # noqa: ASYNC110 - in another process
                    await asyncio.sleep(SCRAPE_S)
            start = time.time()
            await _use(running, seconds, seed)
            await asyncio.sleep(2 * SCRAPE_S)
            return await _report(server, start, time.time())


async def _use(running: Trial, seconds: float, seed: int) -> None:
    acting = People(running, seed)
    acting.tap_on_answers(TAPPED)
    await running.crowd.add_fault(method="sendMessage", kind="internal_error", times=3)
    await running.crowd.add_fault(method="sendMessage", kind="too_many_requests", times=2)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        acting.begin(acting.send_anything(acting.rng.choice(running.people)))
        await asyncio.sleep(EVERY_S)
    await acting.finish()
    await running.wait_for_words(PATIENCE_S)


async def _report(server: Prometheus, start: float, end: float) -> bool:
    passed = []
    for query in _queries():
        values = await server.values(query.expression, start, end)
        found = f"{len(values)} values, {min(values):.4g} to {max(values):.4g}" if values else "no"
        passed.append(verdict(query.panel, bool(values), found))
    for name in _metrics_of_alerts():
        values = await server.values(name, start, end)
        passed.append(verdict(f"alerts: {name}", bool(values), f"{len(values)} values"))
    return all(passed)


async def _until_ready(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                if (await http.get("/-/ready")).is_success:
                    return
            except httpx.ConnectError:
                pass
            await asyncio.sleep(0.1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, 1 if a query finds nothing, 2 if Prometheus is not installed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.dashboard", description=__doc__
    )
    parser.add_argument("--seconds", type=float, default=60, help="default: %(default)s")
    parser.add_argument("--people", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    options = parser.parse_args(arguments)
    if shutil.which("prometheus") is None:
        parser.error("prometheus is not in the PATH (Debian: apt-get install prometheus)")
    return run(check(options.seconds, options.people, options.seed))


if __name__ == "__main__":
    sys.exit(main())
