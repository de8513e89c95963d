"""Callback queries and their answers (https://core.telegram.org/bots/api#answercallbackquery)."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.cast import Json
from bot.sandbox.errors import bad_request


@dataclass
class ButtonPress:
    """A press of an inline button and, once the bot has answered it, the answer."""

    query: Json
    chat_id: int
    deadline: float
    answered: bool = False
    text: str = ""
    show_alert: bool = False


class CallbackQueries:
    """The latest button presses.

    Args:
        lifetime: seconds within which a press can be answered.
        max_presses: how many presses are kept.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self,
        lifetime: float = 60.0,
        max_presses: int = 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._presses: OrderedDict[str, ButtonPress] = OrderedDict()
        self._lifetime = lifetime
        self._max_presses = max_presses
        self._clock = clock

    def press(self, user: Json, message: Json, data: str) -> ButtonPress:
        """Record that `user` pressed the button with `data` under `message`."""
        chat_id = message["chat"]["id"]
        query_id = str(secrets.randbelow(9 * 10**18) + 10**18)
        query: Json = {
            "id": query_id,
            "from": user,
            "message": message,
            # The same for every press in a chat, but does not reveal the chat.
            "chat_instance": str((abs(chat_id) * 6364136223846793005 + 1) % 2**62),
            "data": data,
        }
        press = ButtonPress(query, chat_id, self._clock() + self._lifetime)
        self._presses[query_id] = press
        while len(self._presses) > self._max_presses:
            self._presses.popitem(last=False)
        return press

    def find(self, query_id: str) -> ButtonPress | None:
        return self._presses.get(query_id)

    def expire(self, press: ButtonPress) -> None:
        """Make a press too old to be answered."""
        press.deadline = self._clock()

    def answer(self, query_id: str, text: str, show_alert: bool) -> ButtonPress:
        """Record the bot's answer and return the press it answers.

        Raises:
            BotApiError: the id is unknown or the press is too old.
        """
        press = self.find(query_id)
        if press is None or self._clock() >= press.deadline:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if not press.answered:  # clients show the first answer only
            press.answered, press.text, press.show_alert = True, text, show_alert
        return press
