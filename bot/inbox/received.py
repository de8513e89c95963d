"""Reads an update that came in, without trusting it to be one."""

import json
import logging
from dataclasses import dataclass
from typing import Any

from telegram import Bot, Update

from bot.inbox.update_types import check_types
from bot.log_limit import LogLimit

HANDLED_KINDS = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)
UNKNOWN_KIND = "unknown"
MAX_ID = 2**63 - 1  # of the database's integers

logger = logging.getLogger(__name__)
_log_limit = LogLimit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An update as Telegram sent it, and what could be read of it."""

    update_id: int
    kind: str  # a value of `telegram.constants.UpdateType`, or `UNKNOWN_KIND`
    chat_id: int | None
    user_id: int | None  # the sender; None if that is a chat
    message_id: int | None
    language_code: str | None  # of the sender
    person: int | None  # the user or chat whose share it counts towards
    json: str | None  # as it came; None if the library cannot parse it
    update: Update | None  # None likewise

    @property
    def is_tap(self) -> bool:
        return self.kind == Update.CALLBACK_QUERY


def read(content: object, bot: Bot) -> Received | None:
    """Read an update.

    What is wrong with it is logged without its content, once a minute and kind.

    Args:
        content: an update as JSON; see https://core.telegram.org/bots/api#update.
        bot: the bot that the update's objects belong to.

    Returns:
        The update. None if it has no usable id: it can be neither stored nor confirmed.
    """
    if not isinstance(content, dict) or (update_id := id_of(content)) is None:
        text = "What came instead of an update was skipped"
        _log_limit.log(logger, logging.ERROR, "no id", text)
        return None
    kind = next((kind for kind in content if kind in Update.ALL_TYPES), UNKNOWN_KIND)
    event = content.get(kind)
    language = _get(_get(event, "from"), "language_code")
    message = _get(event, "message") if kind == Update.CALLBACK_QUERY else event
    chat_id = _id(_get(message, "chat"), "id")
    sender_chat_id = _id(_get(event, "sender_chat"), "id")
    # For messages sent in the name of a chat, Telegram fills in one user for all chats.
    user_id = _id(_get(event, "from"), "id") if sender_chat_id is None else None
    senders = (sender_chat_id, user_id, chat_id)
    parsed = _parse(content, update_id, kind, bot)
    return Received(
        update_id=update_id,
        kind=kind,
        chat_id=chat_id,
        user_id=user_id,
        message_id=_id(message, "message_id"),
        language_code=language if isinstance(language, str) else None,
        person=next((sender for sender in senders if sender is not None), None),
        json=parsed and parsed[1],
        update=parsed and parsed[0],
    )


def id_of(content: object) -> int | None:
    """Return the id of an update as JSON; None if it has none that can be stored."""
    return _id(content, "update_id")


def _parse(
    content: dict[str, Any], update_id: int, kind: str, bot: Bot
) -> tuple[Update, str] | None:
    """Return an update as an object and as text; None if that is not possible."""
    if kind not in HANDLED_KINDS:  # Telegram sends only what it is asked for, other servers more
        _log_set_aside(update_id, kind, "is set aside: nothing handles this kind")
        return None
    event = content[kind]
    try:
        check_types({kind: event})
        if kind == Update.CALLBACK_QUERY:
            # The library demands it, and some test servers do not send it.
            event = {"chat_instance": "", **event}
        update = Update.de_json({"update_id": update_id, kind: event}, bot)
        return update, json.dumps(content, separators=(",", ":"))
    except Exception as error:
        # No traceback and no text of the error: both may quote what somebody wrote.
        why = f"cannot be parsed and is set aside: {type(error).__name__}"
        _log_set_aside(update_id, kind, why)
        return None


def _log_set_aside(update_id: int, kind: str, text: str) -> None:
    _log_limit.log(logger, logging.ERROR, kind, "Update %d (%s) %s", update_id, kind, text)


def _get(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _id(value: object, name: str) -> int | None:
    found = _get(value, name)
    if isinstance(found, bool) or not isinstance(found, int) or abs(found) > MAX_ID:
        return None
    return found
