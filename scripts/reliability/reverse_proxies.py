"""Try the webhook behind a reverse proxy: Caddy or nginx, with TLS.

The sandbox posts updates through the proxy, as Telegram does. Strangers must be refused; while the
bot stops or is away, updates must be repeated until they are answered. Needed are `caddy` or
`nginx`, and `openssl` (Debian: apt install caddy nginx openssl).
"""

import argparse
import asyncio
import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bot.inbox.webhook import SECRET_HEADER
from bot.webhook_address import WebhookAddress, webhook_address
from scripts.reliability.people import People
from scripts.reliability.proxy_servers import HOST, caddy, nginx
from scripts.reliability.report import describe, no_tracebacks, verdict
from scripts.reliability.trial import Trial, run, trial, wait_until

PROXIES = {"caddy": caddy, "nginx": nginx}
PEOPLE = 20
IN_HAND = 20  # photos when the bot is told to stop
PATIENCE_S = 60.0


async def try_proxy(name: str) -> bool:
    """Try one of `PROXIES`; return whether all checks passed."""
    http, https, bot = _free_ports(3)
    url, listen = f"https://{HOST}:{https}", f"127.0.0.1:{bot}"
    with (
        TemporaryDirectory(prefix=f"{name}-") as folder,
        PROXIES[name](Path(folder), http, https, bot) as authority,
    ):
        if not await wait_until(lambda: authority.exists() and _serves(https), PATIENCE_S):
            return verdict(name, False, (Path(folder) / "output").read_text(encoding="utf-8"))
        os.environ["SSL_CERT_FILE"] = str(authority)  # read by the sandbox
        async with trial(PEOPLE, BOT_WEBHOOK_URL=url, BOT_WEBHOOK_LISTEN=listen) as running:
            address = webhook_address(url, None, listen, running.server.token)
            return all(
                [
                    await _photos(running),
                    await _strangers(address, authority),
                    await _restart(running),
                    no_tracebacks(running),
                ]
            )


async def _photos(running: Trial) -> bool:
    acting = People(running, seed=1)
    for user in running.people:
        acting.begin(acting.send_photos(user, 1))
    await acting.finish()
    await running.wait_for_words(PATIENCE_S)
    silent = running.ledger.waiting()
    text = f"{len(running.ledger.sent)} sent, without a word: {len(silent)}"
    return verdict("photos through the proxy", not silent, text)


async def _strangers(address: WebhookAddress, authority: Path) -> bool:
    update = {"update_id": 1}
    wrong_path = address.url.rpartition("/")[0] + "/guessed"
    trusted = ssl.create_default_context(cafile=str(authority))
    async with httpx.AsyncClient(verify=trusted, trust_env=False) as stranger:
        answers = [
            await stranger.post(address.url, json=update),
            await stranger.post(address.url, json=update, headers={SECRET_HEADER: "guessed"}),
            await stranger.get(address.url),
            await stranger.post(wrong_path, json=update),
            await stranger.post(address.url, content=bytes(2 * 1024 * 1024)),
        ]
    statuses = [answer.status_code for answer in answers]
    return verdict(
        "strangers: no secret, a wrong one, GET, another path, 2 MB",
        statuses[:4] == [403, 403, 405, 404] and statuses[4] in (403, 413),
        ", ".join(map(str, statuses)),
    )


async def _restart(running: Trial) -> bool:
    """Stop the bot with photos in hand, let people go on, and start it again."""
    acting = People(running, seed=2)
    start = time.monotonic()
    for user in running.people[:IN_HAND]:
        acting.begin(acting.send_photos(user, 1))
    await acting.finish()
    stopping = asyncio.create_task(running.bot.end(signal.SIGTERM))
    errors: set[str] = set()
    for number in range(PEOPLE):
        acting.begin(acting.send_text(running.people[number]))
        await asyncio.sleep(0.1)
        errors.add(await _last_error(running))
    status = await stopping
    await acting.send_text(running.people[0])
    for _ in range(20):
        await asyncio.sleep(0.1)
        errors.add(await _last_error(running))
    running.bot.start()
    await running.bot.wait_until_ready()
    await acting.finish()
    await running.wait_for_words(PATIENCE_S)
    said = ", ".join(sorted(errors - {""}))
    silent, repeated = running.ledger.waiting(), running.ledger.repeated()
    return all(
        [
            verdict("a stop with photos in hand", status == 0, f"status {status}; {said}"),
            verdict(
                "without a word after the next start",
                not silent,
                f"{describe(silent, start)}, of {len(running.ledger.sent)}",
            ),
            verdict("answered twice", not repeated, describe(repeated, start)),
        ]
    )


async def _last_error(running: Trial) -> str:
    return str((await running.crowd.call_bot_api("getWebhookInfo")).get("last_error_message", ""))


def _serves(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a check failed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.reverse_proxies", description=__doc__
    )
    parser.add_argument("proxy", choices=sorted(PROXIES))
    return run(try_proxy(parser.parse_args(arguments).proxy))


if __name__ == "__main__":
    sys.exit(main())
