"""Delivery of updates to a webhook (https://core.telegram.org/bots/api#setwebhook).

What is not documented follows the public server: github.com/tdlib/telegram-bot-api,
WebhookActor.cpp (connections, retries) and Client.cpp (which updates wait for each other).
"""

import asyncio
import contextlib
import random
import ssl
import time
from collections.abc import Hashable
from dataclasses import dataclass

import httpx

from bot.sandbox.cast import Json
from bot.sandbox.errors import too_many_requests
from bot.sandbox.state.bot_presence import BotPresence
from bot.sandbox.state.network import Network
from bot.sandbox.state.updates import UpdateQueue

MAX_RETRY_AFTER_S = 3600
MAX_DELAY_S = (60.0, 120.0)
"""The longest time between two tries is chosen in this range."""
PROBE_AFTER_S = 10.0
"""Without a success for so long, one update at a time is tried."""
ANSWER_TIMEOUT_S = 60.0
CHANGE_INTERVAL_S = 1.0
"""The least time between two calls of setWebhook."""
MESSAGE_KINDS = frozenset({"message", "edited_message", "channel_post", "edited_channel_post"})
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name


@dataclass(frozen=True)
class WebhookTarget:
    """Where updates go: a URL and the secret sent with them ("" for none)."""

    url: str
    secret: str = ""
    max_connections: int = 40


@dataclass
class _Failures:
    """The failed tries of an update, and when the next one is due in the loop's time."""

    delay: float
    count: int = 0
    retry_at: float = 0.0


class Webhook:
    """Delivers updates, repeating each until the bot answers with 2xx.

    Up to `max_connections` are under way at once; the messages of a chat, and the presses of a
    user, come one after the other.

    Args:
        updates: the queue to deliver from.
        network: what the deliveries go through.
        presence: is told whether the bot can be reached.
        pauses: factor of the server's own pauses; 0 for none.
    """

    def __init__(
        self,
        updates: UpdateQueue,
        network: Network,
        presence: BotPresence,
        pauses: float = 1.0,
    ) -> None:
        self._updates = updates
        self._network = network
        self._presence = presence
        self._pauses = pauses
        self._task: asyncio.Task[None] | None = None
        self._busy: set[Hashable] = set()
        self._failures: dict[int, _Failures] = {}
        self._last_success = -PROBE_AFTER_S
        self._last_error: tuple[int, str] | None = None
        self._next_change = 0.0
        self.target: WebhookTarget | None = None

    def check_change_interval(self) -> None:
        """Count a call of setWebhook.

        Raises:
            BotApiError: 429 if the previous one was less than a second ago.
        """
        now = asyncio.get_running_loop().time()
        if now < self._next_change:
            raise too_many_requests(1)
        self._next_change = now + CHANGE_INTERVAL_S * self._pauses

    async def start(self, target: WebhookTarget) -> None:
        """Start delivering to `target`, unless that is going on already."""
        if target == self.target:
            return
        await self.stop()
        self._updates.terminate_poll("setWebhook request")
        self._updates.bot_connected.set()
        self.target = target
        self._presence.has_webhook = True
        self._last_error = None
        self._task = asyncio.create_task(self._deliver(target))

    async def stop(self) -> None:
        """Stop delivering; pending updates stay for polling or another webhook."""
        self.target = None
        self._presence.has_webhook = False
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._busy.clear()
        self._failures.clear()

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
        limits = httpx.Limits(max_connections=target.max_connections)
        async with (
            httpx.AsyncClient(
                headers=headers,
                timeout=ANSWER_TIMEOUT_S,
                limits=limits,
                trust_env=False,
                # The authorities that the machine trusts, and the one in SSL_CERT_FILE.
                verify=ssl.create_default_context(),
            ) as client,
            asyncio.TaskGroup() as deliveries,
        ):
            while True:
                self._updates.changed.clear()
                for key, update in self._due(target.max_connections):
                    self._busy.add(key)
                    deliveries.create_task(self._try(client, target.url, key, update))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._updates.changed.wait(), self._next_retry_in())

    def _due(self, max_connections: int) -> list[tuple[Hashable, Json]]:
        """Return the updates to try now, with what other updates of their queue wait for."""
        now = asyncio.get_running_loop().time()
        free = max_connections if now - self._last_success < PROBE_AFTER_S else 1
        free -= len(self._busy)
        # Telegram looks no further than this, so that many failing chats hold up the others.
        oldest = self._updates.oldest_by(queue_key, 2 * max_connections)
        ready = [
            (key, update)
            for key, update in oldest.items()
            if key not in self._busy and self._retry_at(update) <= now
        ]
        return ready[: max(free, 0)]

    def _retry_at(self, update: Json) -> float:
        failures = self._failures.get(update["update_id"])
        return failures.retry_at if failures else 0.0

    def _next_retry_in(self) -> float | None:
        """Return the seconds until an update is to be tried again; None if none waits."""
        now = asyncio.get_running_loop().time()
        waiting = [failures.retry_at for failures in self._failures.values()]
        return min((at - now for at in waiting if at > now), default=None)

    async def _try(self, client: httpx.AsyncClient, url: str, key: Hashable, update: Json) -> None:
        error, retry_after = await self._post(client, url, update)
        if error is None:
            self._last_success = asyncio.get_running_loop().time()
            self._failures.pop(update["update_id"], None)
            self._updates.remove(update)
        else:
            self._last_error = int(time.time()), error
            self._postpone(update, retry_after)
        self._busy.discard(key)
        self._updates.changed.set()

    def _postpone(self, update: Json, retry_after: int) -> None:
        """Choose when to try again: as asked, else at once, after 2 seconds, 4, 8 and so on."""
        failures = self._failures.setdefault(update["update_id"], _Failures(self._pauses))
        wait = float(retry_after)
        if not retry_after and failures.count:
            longest = random.uniform(*MAX_DELAY_S)  # noqa: S311 - spreads the load
            wait = failures.delay = min(longest * self._pauses, 2 * failures.delay)
        failures.count += 1
        failures.retry_at = asyncio.get_running_loop().time() + wait

    async def _post(
        self, client: httpx.AsyncClient, url: str, update: Json
    ) -> tuple[str | None, int]:
        """Deliver an update; return the error in Telegram's wording, or None, and Retry-After."""
        answer = await self._answer_to(client, url, update)
        if isinstance(answer, str):
            self._presence.not_delivered()
            return answer, 0
        self._presence.delivered()
        if answer.is_success:
            return None, 0
        status = f"{answer.status_code} {answer.reason_phrase}"
        retry_after = answer.headers.get("retry-after", "")
        seconds = int(retry_after) if retry_after.isdecimal() else 0
        return f"Wrong response from the webhook: {status}", min(seconds, MAX_RETRY_AFTER_S)

    async def _answer_to(
        self, client: httpx.AsyncClient, url: str, update: Json
    ) -> httpx.Response | str:
        """Return the webhook's answer, or why there is none, in Telegram's wording."""
        if self._network.is_down:
            return "Connection timed out"
        try:
            answer = await client.post(url, json=update)
        except httpx.TimeoutException:
            return "Read timeout expired"
        except httpx.ConnectError:
            return "Connection refused"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"Connection failed: {error}"
        return "Connection timed out" if self._network.is_down else answer


def queue_key(update: Json) -> Hashable:
    """Return what updates that are delivered one after the other have in common."""
    kind = next((name for name in update if name != "update_id"), "")
    chat, sender = _id(update.get(kind), "chat"), _id(update.get(kind), "from")
    if chat is not None:
        return "message" if kind in MESSAGE_KINDS else kind, chat
    return (kind, sender) if sender is not None else update["update_id"]


def _id(payload: object, field: str) -> int | None:
    found = payload.get(field) if isinstance(payload, dict) else None
    number = found.get("id") if isinstance(found, dict) else None
    return number if isinstance(number, int) else None
