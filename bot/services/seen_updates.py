"""Remembers what has been handled: Telegram delivers each update at least once, not exactly."""

from collections import OrderedDict

from telegram import Update

REMEMBERED = 10_000  # updates and messages; far more than Telegram ever repeats

_Key = int | tuple[int, int]


class Seen:
    """The latest updates, oldest forgotten first.

    Args:
        most: how many update and message ids are remembered, at least 2.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._keys: OrderedDict[_Key, None] = OrderedDict()

    def before(self, update: Update) -> bool:
        """Say whether this update, or another with the same message, came before; remember it."""
        keys: list[_Key] = [update.update_id]
        if update.message:
            keys.append((update.message.chat_id, update.message.message_id))
        known = any(key in self._keys for key in keys)
        for key in keys:
            self._keys[key] = None
            self._keys.move_to_end(key)
        while len(self._keys) > self._most:
            self._keys.popitem(last=False)
        return known
