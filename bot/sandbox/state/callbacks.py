"""Button presses and their answers (https://core.telegram.org/bots/api#answercallbackquery)."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.cast import Json
from bot.sandbox.errors import bad_request


@dataclass
class Press:
    """One press of a button and, once the bot answered it, the answer."""

    query: Json
    chat_id: int
    deadline: float
    answered: bool = False
    text: str = ""
    show_alert: bool = False


class Callbacks:
    """The presses of late.

    Args:
        lifetime: seconds within which a press can be answered.
        keep: how many presses are remembered.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self,
        lifetime: float = 60.0,
        keep: int = 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._presses: OrderedDict[str, Press] = OrderedDict()
        self._lifetime = lifetime
        self._keep = keep
        self._clock = clock

    def press(self, user: Json, message: Json, data: str) -> Press:
        """Record that `user` pressed the button with `data` under `message`."""
        chat_id = message["chat"]["id"]
        query_id = str(secrets.randbelow(9 * 10**18) + 10**18)
        query: Json = {
            "id": query_id,
            "from": user,
            "message": message,
            # The same for every press in one chat, and says nothing about the chat.
            "chat_instance": str((abs(chat_id) * 6364136223846793005 + 1) % 2**62),
            "data": data,
        }
        press = Press(query, chat_id, self._clock() + self._lifetime)
        self._presses[query_id] = press
        while len(self._presses) > self._keep:
            self._presses.popitem(last=False)
        return press

    def find(self, query_id: str) -> Press | None:
        """Return the press with this id, or None."""
        return self._presses.get(query_id)

    def expire(self, query_id: str) -> bool:
        """Make the press count as too old from now on; False if there is none with this id."""
        press = self.find(query_id)
        if press is None:
            return False
        press.deadline = self._clock()
        return True

    def answer(self, query_id: str, text: str, show_alert: bool) -> Press:
        """Record the bot's answer and return the press it answers.

        Raises:
            Failure: the id is unknown or the press is too old.
        """
        press = self.find(query_id)
        if press is None or self._clock() >= press.deadline:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if not press.answered:  # A client shows the first answer and then listens no more.
            press.answered, press.text, press.show_alert = True, text, show_alert
        return press
