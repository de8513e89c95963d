"""Delivery of updates to a webhook (https://core.telegram.org/bots/api#setwebhook)."""

import asyncio
import contextlib
import time
from dataclasses import dataclass

import httpx

from bot.sandbox.cast import Json
from bot.sandbox.state.updates import UpdateQueue

MAX_BACKOFF_SECONDS = 60.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name


@dataclass(frozen=True)
class WebhookTarget:
    """Where updates go: a URL and the secret sent with them ("" for none)."""

    url: str
    secret: str = ""
    max_connections: int = 40


class Webhook:
    """Delivers updates in order, repeating each until the bot answers with 2xx.

    Args:
        updates: the queue to deliver from.
        backoff: seconds before the first retry; doubles each time, up to a minute.
    """

    def __init__(self, updates: UpdateQueue, backoff: float = 1.0) -> None:
        self._updates = updates
        self._backoff = backoff
        self._task: asyncio.Task[None] | None = None
        self._last_error: tuple[int, str] | None = None
        self.target: WebhookTarget | None = None

    async def start(self, target: WebhookTarget) -> None:
        """Start delivering to `target`."""
        await self.stop()
        self._updates.terminate_poll("setWebhook request")
        self._updates.bot_connected.set()
        self.target = target
        self._last_error = None
        self._task = asyncio.create_task(self._deliver(target))

    async def stop(self) -> None:
        """Stop delivering; pending updates stay for polling or another webhook."""
        self.target = None
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def info(self) -> Json:
        target = self.target or WebhookTarget("")
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

    async def _deliver(self, target: WebhookTarget) -> None:
        headers = {SECRET_HEADER: target.secret} if target.secret else {}
        backoff = self._backoff
        async with httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as client:
            while True:
                update = await self._updates.wait_for_oldest()
                error = await _post(client, target.url, update)
                if error is None:
                    self._updates.remove(update)
                    backoff = self._backoff
                    continue
                self._last_error = int(time.time()), error
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_SECONDS)


async def _post(client: httpx.AsyncClient, url: str, update: Json) -> str | None:
    """Deliver one update; return the error in Telegram's wording, or None."""
    try:
        answer = await client.post(url, json=update)
    except httpx.TimeoutException:
        return "Read timeout expired"
    except httpx.ConnectError:
        return "Connection refused"
    except httpx.HTTPError as error:
        return f"Connection failed: {error}"
    if answer.is_success:
        return None
    return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
