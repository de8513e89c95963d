"""Delivery of updates to a webhook (https://core.telegram.org/bots/api#setwebhook)."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Final

import httpx

from bot.sandbox.cast import Json
from bot.sandbox.state.updates import Updates

LONGEST_PAUSE: Final = 60.0
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name


@dataclass(frozen=True)
class Target:
    """Where updates go: an address, and the secret sent along ("" for none)."""

    url: str
    secret: str = ""
    max_connections: int = 40


class Webhook:
    """Delivers updates in order, each one until the bot answers 2xx.

    Args:
        updates: the queue to deliver from.
        pause: seconds before the first repeated delivery; doubles each time, up to a minute.
    """

    def __init__(self, updates: Updates, pause: float = 1.0) -> None:
        self._updates = updates
        self._pause = pause
        self._task: asyncio.Task[None] | None = None
        self._last_error: tuple[int, str] | None = None
        self.target: Target | None = None

    async def start(self, target: Target) -> None:
        """Deliver to `target` from now on."""
        await self.stop()
        self._updates.terminate("setWebhook request")
        self._updates.awaited.set()
        self.target = target
        self._last_error = None
        self._task = asyncio.create_task(self._deliver(target))

    async def stop(self) -> None:
        """Deliver no more; pending updates stay for polling or another webhook."""
        self.target = None
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def info(self) -> Json:
        """Return the `WebhookInfo`."""
        target = self.target or Target("")
        info: Json = {
            "url": target.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if self.target:
            info["max_connections"] = target.max_connections
            if self._last_error:
                info["last_error_date"], info["last_error_message"] = self._last_error
        if self._updates.allowed:
            info["allowed_updates"] = self._updates.allowed
        return info

    async def _deliver(self, target: Target) -> None:
        headers = {SECRET_HEADER: target.secret} if target.secret else {}
        pause = self._pause
        async with httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as client:
            while True:
                update = await self._updates.next()
                fault = await _post(client, target.url, update)
                if fault is None:
                    self._updates.delivered(update)
                    pause = self._pause
                    continue
                self._last_error = int(time.time()), fault
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)


async def _post(client: httpx.AsyncClient, url: str, update: Json) -> str | None:
    """Deliver one update; return what went wrong in Telegram's words, or None."""
    try:
        answer = await client.post(url, json=update)
    except httpx.TimeoutException:
        return "Read timeout expired"
    except httpx.ConnectError:
        return "Connection refused"
    except httpx.HTTPError as fault:
        return f"Connection failed: {fault}"
    if answer.is_success:
        return None
    return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
