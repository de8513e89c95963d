"""The library's bot, with updates as Telegram sends them."""

import asyncio
from collections.abc import Sequence
from typing import Any

from telegram.error import TimedOut
from telegram.ext import ExtBot

ANSWER_TIMEOUT_S = 5.0  # for the beginning of the answer to a long poll, after its end
# For the whole answer: 100 updates are 100 to 200 kB, and one that drips in must not hold up all
# others for an hour.
BODY_TIMEOUT_S = 30.0


class MoodBot(ExtBot[int]):
    """The library's bot; the type argument is that of `rate_limit_args`, a number of retries."""

    __slots__ = ()

    async def fetch_updates(
        self, offset: int | None, limit: int, timeout_s: int, allowed_updates: Sequence[str]
    ) -> Any:
        """Call https://core.telegram.org/bots/api#getupdates, and return its result unparsed.

        The library's `get_updates` parses all updates of a batch or none.

        Args:
            offset: id of the first update to return; earlier ones are confirmed. None for all.
            limit: how many updates to return at most, from 1 to 100.
            timeout_s: seconds to wait for an update.
            allowed_updates: types of updates to fetch.

        Returns:
            The updates as JSON values; whatever the server sent.

        Raises:
            telegram.error.TelegramError: Telegram cannot be reached, or refuses.
        """
        data = {
            "offset": offset,
            "limit": limit,
            "timeout": timeout_s,
            "allowed_updates": list(allowed_updates),
        }
        begins_s = timeout_s + ANSWER_TIMEOUT_S
        try:
            async with asyncio.timeout(begins_s + BODY_TIMEOUT_S):
                return await self._post(
                    "getUpdates",
                    {name: value for name, value in data.items() if value is not None},
                    read_timeout=begins_s,
                )
        except TimeoutError as error:
            raise TimedOut from error
