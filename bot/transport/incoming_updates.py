"""How updates come in: fetched by long polling, then handled many at a time."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, NoReturn

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import BaseUpdateProcessor
from telegram.request import HTTPXRequest

from bot.backoff import Backoff
from bot.errors import RejectedTokenError

LONG_POLL_S = 20
CONFIRM_S = 1.0
# A callback query usually takes some hundredths of a second. If one takes longer, because the
# database is locked or an admin's command is slow, other users must not wait for it.
MAX_CALLBACK_WAIT_S = 1.0
MAX_CONCURRENT_UPDATES = 256  # most of them only wait for Telegram or for their turn

logger = logging.getLogger(__name__)


class UpdatesRequest(HTTPXRequest):
    """Fetches updates, and reduces those that python-telegram-bot cannot parse to their id.

    The library parses a whole batch or none of it. With its id, such an update is confirmed to
    Telegram like the others, and does not come again.
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


class PendingCallbacks:
    """The callback queries that were fetched from Telegram and are not handled yet.

    Telegram forgets an update once later ones are requested. As long as none are, Telegram delivers
    a callback query again if the bot is killed before it has stored it. Other updates need no such
    care: the sender of a photo sees that there is no answer, but a lost tap leaves no trace.
    """

    def __init__(self) -> None:
        self._update_ids: set[int] = set()
        self._none_left = asyncio.Event()
        self._none_left.set()

    def add(self, update: object) -> None:
        """Note an update that came from Telegram, if it is a callback query."""
        if isinstance(update, Update) and update.callback_query is not None:
            self._update_ids.add(update.update_id)
            self._none_left.clear()

    def remove(self, update: object) -> None:
        """Note that an update was handled, successfully or not."""
        if isinstance(update, Update):
            self._update_ids.discard(update.update_id)
        if not self._update_ids:
            self._none_left.set()

    async def wait(self, seconds: float) -> None:
        """Wait until no callback query is pending.

        After the timeout, still-pending callback queries are forgotten.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._none_left.wait()
        except TimeoutError:
            self._update_ids.clear()
            self._none_left.set()


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


class UpdateProcessor(BaseUpdateProcessor):
    """Runs each update in its own task, and can cancel those that are still running.

    Args:
        pending: the callback queries that are not handled yet.
    """

    __slots__ = ("_pending", "_tasks")

    def __init__(self, pending: PendingCallbacks) -> None:
        super().__init__(max_concurrent_updates=MAX_CONCURRENT_UPDATES)
        self._pending = pending
        self._tasks: set[asyncio.Task[Any]] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle one update; see `telegram.ext.BaseUpdateProcessor`."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        try:
            await task
        finally:
            self._tasks.discard(task)
            self._pending.remove(update)

    def cancel_all(self) -> int:
        """Cancel the updates that are still being handled.

        Returns:
            Their number.
        """
        for task in self._tasks:
            task.cancel()
        return len(self._tasks)

    async def initialize(self) -> None:
        """Do nothing; the library requires the method."""

    async def shutdown(self) -> None:
        """Do nothing; the library requires the method."""
