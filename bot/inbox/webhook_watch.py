"""Notices when Telegram cannot deliver updates, or delivers them to somebody else."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.inbox.token_check import check_token
from bot.webhook_address import WebhookAddress, host_of, normalized_url

WATCH_S = 120.0

# Parts of `last_error_message` (see `WebhookActor.cpp` of Telegram's server), and what to do.
_CURES = (
    (
        "403",
        "Either the reverse proxy refuses Telegram, or a program with another BOT_WEBHOOK_SECRET "
        "has set the webhook; restart this bot to set it again.",
    ),
    ("404", "The reverse proxy must pass the path on unchanged."),
    ("502", "The reverse proxy does not reach this bot; it must forward to BOT_WEBHOOK_LISTEN."),
    ("504", "The reverse proxy does not reach this bot; it must forward to BOT_WEBHOOK_LISTEN."),
    ("SSL", "The certificate must be valid for the host in BOT_WEBHOOK_URL, with its whole chain."),
    ("resolve", "The host in BOT_WEBHOOK_URL needs an IPv4 address in the DNS."),
)
_OTHER_CURE = "Telegram must be able to connect to the host and port in BOT_WEBHOOK_URL."
_BUSY = "503"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Problem:
    level: int
    text: str


class WebhookWatch:
    """Asks Telegram every two minutes whether its deliveries arrive, and logs when they do not.

    Args:
        bot: the bot whose webhook is watched.
        address: the webhook that was set.
        take_busy_answers: returns how often the bot itself answered 503 since the last call.
    """

    def __init__(
        self, bot: Bot, address: WebhookAddress, take_busy_answers: Callable[[], int]
    ) -> None:
        self._bot = bot
        self._address = address
        self._take_busy_answers = take_busy_answers
        self._last_error_at: datetime | None = None
        self._looked = False
        self._undelivered: _Problem | None = None
        self._reported: _Problem | None = None

    async def run(self) -> NoReturn:
        """Watch until cancelled.

        Raises:
            RejectedTokenError: Telegram does not know the token any more.
        """
        while True:
            await self.look()
            await asyncio.sleep(WATCH_S * random.uniform(0.8, 1.2))  # noqa: S311 - spreads the load

    async def look(self) -> None:
        """Ask once; log a problem when it begins, and when it is over.

        Raises:
            RejectedTokenError: Telegram does not know the token any more.
        """
        try:
            info = await self._bot.get_webhook_info()
        except InvalidToken:
            await check_token(self._bot)
        except TelegramError as error:
            self._report(_Problem(logging.WARNING, f"Telegram cannot be reached ({error})"))
        else:
            self._report(self._problem_in(info))

    def _problem_in(self, info: WebhookInfo) -> _Problem | None:
        was_busy = self._take_busy_answers() > 0
        is_new = self._looked and info.last_error_date not in (None, self._last_error_at)
        self._looked, self._last_error_at = True, info.last_error_date
        if not info.url:
            return _Problem(
                logging.ERROR,
                "Another program has removed the webhook, so no updates come in. If it polls with "
                "the same token, stop it. Restart this bot to set the webhook again.",
            )
        if normalized_url(info.url) != self._address.url:
            return _Problem(
                logging.ERROR,
                f"Another program has set a webhook to {host_of(info.url)}, which gets the updates "
                "now. Stop that program, and restart this bot to set the webhook again.",
            )
        message = info.last_error_message or ""
        if is_new and not (was_busy and _BUSY in message):
            self._undelivered = _Problem(logging.WARNING, delivery_problem(message))
        elif not info.pending_update_count:
            self._undelivered = None
        return self._undelivered

    def _report(self, problem: _Problem | None) -> None:
        if problem == self._reported:
            return
        self._reported = problem
        if problem is not None:
            logger.log(problem.level, "%s", problem.text)
        else:
            logger.info("The webhook works again")


def delivery_problem(message: str) -> str:
    """Return a text for the operator about `last_error_message` of `getWebhookInfo`."""
    cure = next((cure for part, cure in _CURES if part in message), _OTHER_CURE)
    return f"Telegram cannot deliver updates ({message}). {cure}"
