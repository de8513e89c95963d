"""The library's bot, with updates as Telegram sends them."""

from collections.abc import Sequence
from typing import Any

from telegram.ext import ExtBot

ANSWER_TIMEOUT_S = 5.0  # for the answer to a long poll, after its end


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
        return await self._post(
            "getUpdates",
            {name: value for name, value in data.items() if value is not None},
            read_timeout=timeout_s + ANSWER_TIMEOUT_S,
        )
