"""Fetches updates by long polling and logs connection problems for the operator."""

import asyncio
import logging
from typing import Any, NoReturn

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.backoff import Backoff
from bot.errors import RejectedTokenError
from bot.transport.update_processor import PendingCallbacks

LONG_POLL_S = 20
CONFIRM_S = 1.0
# A callback query usually takes some hundredths of a second. If one takes longer, because the
# database is locked or an admin's command is slow, other users must not wait for it.
MAX_CALLBACK_WAIT_S = 1.0

logger = logging.getLogger(__name__)


class UpdatesRequest(HTTPXRequest):
    """Fetches updates, and empties those that the library cannot parse.

    The library parses a whole batch or none of it. An emptied update keeps its id, so that it is
    confirmed to Telegram and does not come again.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parse a response; see `telegram.request.BaseRequest.parse_json_payload`."""
        answer = HTTPXRequest.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = [_parsable(update) for update in answer["result"]]
        return answer


def _parsable(update: dict[str, Any]) -> dict[str, Any]:
    try:
        Update.de_json(update, bot=None)
    except Exception as error:
        kinds = ", ".join(field for field in update if field != "update_id")
        # No traceback and no text of the error: both may quote what somebody wrote.
        logger.error(
            "Update %d (%s) cannot be parsed and is skipped: %s",
            update["update_id"],
            kinds,
            type(error).__name__,
        )
        return {"update_id": update["update_id"]}
    return update


class Poller:
    """Moves updates from Telegram to a queue.

    It differs from the library's Updater in two ways: a lost network or a second poller is one line
    in the log instead of a traceback at each attempt, and a token that is revoked while the bot
    runs ends the bot instead of leaving it idle.

    Args:
        bot: the bot whose updates are fetched.
        queue: receives the updates in order.
        allowed_updates: types of updates to fetch; see `getUpdates`.
        pending: the callback queries not handled yet; while there are any, no later updates are
            requested, for `MAX_CALLBACK_WAIT_S` at most.
    """

    def __init__(
        self,
        bot: Bot,
        queue: asyncio.Queue[object],
        allowed_updates: list[str],
        pending: PendingCallbacks,
    ) -> None:
        self._bot = bot
        self._queue = queue
        self._allowed_updates = allowed_updates
        self._pending = pending
        self._offset: int | None = None
        self._problem: str | None = None

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
                raise RejectedTokenError from error
            except TelegramError as error:
                pause_s = _requested_pause_s(error) or backoff.grow()
                self._report(error)
                await asyncio.sleep(pause_s)
            else:
                if self._problem is not None:
                    backoff.reset()
                    self._report(None)

    async def confirm(self) -> None:
        """Confirm the last batch of updates, so that Telegram does not deliver it again.

        Updates are confirmed by requesting later ones.
        """
        if self._offset is None:
            return
        try:
            async with asyncio.timeout(CONFIRM_S):
                await self._bot.get_updates(
                    offset=self._offset, limit=1, timeout=0, allowed_updates=self._allowed_updates
                )
        except (TelegramError, TimeoutError) as error:
            logger.warning("The last updates may be delivered again after a restart: %s", error)

    async def _fetch(self) -> None:
        updates = await self._bot.get_updates(
            offset=self._offset, timeout=LONG_POLL_S, allowed_updates=self._allowed_updates
        )
        for update in updates:
            self._pending.add(update)
            self._queue.put_nowait(update)
            self._offset = update.update_id + 1
        await self._pending.wait(MAX_CALLBACK_WAIT_S)

    def _report(self, error: TelegramError | None) -> None:
        """Log a problem once when it begins, and once when it is over."""
        problem = None if error is None else type(error).__name__
        if problem == self._problem:
            return
        self._problem = problem
        if isinstance(error, Conflict):
            logger.error(
                "Another program fetches this bot's updates with the same token (409). "
                "Stop it; until then, each update goes to only one of the two."
            )
        elif error is not None:
            logger.warning("Telegram cannot be reached (%s), retrying", error)
        else:
            logger.info("Telegram can be reached again")


def _requested_pause_s(error: TelegramError) -> float | None:
    """Return the pause in seconds that Telegram asks for, if it does."""
    if not isinstance(error, RetryAfter):
        return None
    pause = error.retry_after
    return float(pause) if isinstance(pause, int) else pause.total_seconds()
