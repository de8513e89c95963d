"""Fetches updates by long polling."""

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from typing import NoReturn

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.backoff import Backoff
from bot.inbox.inbox import Inbox
from bot.inbox.received import id_of
from bot.inbox.token_check import check_token
from bot.inbox.webhook_registration import explain_conflict, is_about_webhook
from bot.transport.mood_bot import MoodBot

LONG_POLL_S = 20
MAX_BATCH = 100  # Telegram's limit
# A server that does not wait for updates, contrary to the documentation, is asked once a second.
MIN_EMPTY_POLL_S = 1.0
# Two programs that poll take turns. Without a conflict for so long, this one is alone again.
ALONE_S = 60.0
MARGIN_S = 60.0  # within which a request and each pause end

# After a full batch there may be more, which will have come by then.
FETCH_AGAIN_S = 2.0

logger = logging.getLogger(__name__)


class Poller:
    """Moves updates from Telegram to the inbox.

    It differs from the library's Updater: updates are confirmed only when the inbox has them; a
    lost network or a second poller is one line in the log instead of a traceback at each attempt;
    a token that is revoked while the bot runs ends the bot instead of leaving it idle.

    Args:
        bot: the bot whose updates are fetched.
        inbox: receives the updates in order.
        allowed_updates: types of updates to fetch; see `getUpdates`.
    """

    def __init__(self, bot: MoodBot, inbox: Inbox, allowed_updates: Sequence[str]) -> None:
        self._bot = bot
        self._inbox = inbox
        self._allowed_updates = allowed_updates
        self._offset: int | None = None
        self._problem: tuple[type[TelegramError], bool] | None = None
        self._conflict_at = -math.inf
        self._late_after = math.inf

    @property
    def hangs(self) -> bool:
        """Whether a request or a pause takes much longer than it may."""
        return time.monotonic() > self._late_after

    async def run(self) -> NoReturn:
        """Fetch until cancelled.

        Raises:
            RejectedTokenError: Telegram does not know the token any more.
        """
        backoff = Backoff()
        while True:
            try:
                await self._fetch()
            except InvalidToken as error:
                await check_token(self._bot)
                await self._pause(error, backoff)
            except TelegramError as error:
                await self._pause(error, backoff)
            except Exception:
                # Whatever a server may send, polling goes on.
                logger.exception("Updates could not be fetched")
                await asyncio.sleep(backoff.grow())
            else:
                backoff.reset()
                await self._report(None)

    async def _fetch(self) -> None:
        room = min(await self._inbox.wait_for_room(), MAX_BATCH)
        started = time.monotonic()
        self._late_after = started + LONG_POLL_S + MARGIN_S
        updates = await self._bot.fetch_updates(
            self._offset, room, LONG_POLL_S, self._allowed_updates
        )
        if not isinstance(updates, list):
            raise TelegramError(f"getUpdates returned {type(updates).__name__} instead of a list")
        self._late_after = math.inf  # the database may take its time, and so may the handlers
        if len(updates) >= room:
            self._inbox.note_backlog(FETCH_AGAIN_S)
        await self._inbox.accept(updates)
        ids = [number for update in updates if (number := id_of(update)) is not None]
        if ids:
            self._offset = max(ids) + 1
        else:
            await asyncio.sleep(started + MIN_EMPTY_POLL_S - time.monotonic())

    async def _pause(self, error: TelegramError, backoff: Backoff) -> None:
        pause_s = _requested_pause_s(error) or backoff.grow()
        self._late_after = math.inf
        await self._report(error)
        self._late_after = time.monotonic() + pause_s + MARGIN_S
        await asyncio.sleep(pause_s)

    async def _report(self, error: TelegramError | None) -> None:
        """Log a problem once when it begins, and once when it is over."""
        problem = None if error is None else (type(error), is_about_webhook(error))
        if isinstance(error, Conflict):
            self._conflict_at = time.monotonic()
        if problem == self._problem or (problem is None and self._is_contested()):
            return
        before, self._problem = self._problem, problem
        if isinstance(error, Conflict):
            logger.error("%s", await explain_conflict(self._bot, error))
        elif error is not None:
            # Without the page of a proxy, which the library quotes.
            reason = str(error).partition(". Parsing the server response")[0]
            logger.warning("Telegram cannot be reached (%s), retrying", reason)
        elif before and issubclass(before[0], Conflict):
            logger.info("This bot gets the updates again")
        else:
            logger.info("Telegram can be reached again")

    def _is_contested(self) -> bool:
        """Return whether another program may still poll, too."""
        was_poller = self._problem == (Conflict, False)
        return was_poller and time.monotonic() < self._conflict_at + ALONE_S


def _requested_pause_s(error: TelegramError) -> float | None:
    """Return the pause in seconds that Telegram asks for, if it does."""
    if not isinstance(error, RetryAfter):
        return None
    pause = error.retry_after
    return float(pause) if isinstance(pause, int) else pause.total_seconds()
