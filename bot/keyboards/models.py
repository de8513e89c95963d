"""The buttons that choose which version of the model serves.

A button carries `models:<place>:<action>:<key>`. The place is the kind of message it is under. The
key stands for a version: names may be longer than the 64 bytes that Telegram allows.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.errors import UnknownButtonError
from bot.replies import models as replies
from model.registry.overview import VersionOverview

PREFIX = "models:"
MAX_LISTED = 8  # versions; older ones are for `scripts.models`
_DATA = re.compile(r"models:(card|list):(back|ask|yes|no):([0-9a-f]{16})", re.ASCII)


class MessageKind(StrEnum):
    """The kind of message a button is under."""

    CARD = "card"  # about one version
    LIST = "list"  # of all versions


class Action(StrEnum):
    """What a button does."""

    BACK = "back"  # the version shall not serve any more, the one before shall
    ASK = "ask"  # ask whether the version shall serve
    YES = "yes"  # it shall
    NO = "no"  # it shall not


@dataclass(frozen=True, slots=True)
class ModelButton:
    """What a tapped button said."""

    kind: MessageKind
    action: Action
    key: str


def read(data: str) -> ModelButton:
    """Understand the data of a tapped button, which anybody may have forged.

    Raises:
        UnknownButtonError: it is none of these.
    """
    parts = _DATA.fullmatch(data)
    if parts is None:
        raise UnknownButtonError(f"data {data[:80]!r}")
    return ModelButton(MessageKind(parts[1]), Action(parts[2]), parts[3])


def version_key(name: str) -> str:
    """What stands for a version in a button."""
    return sha256(name.encode()).hexdigest()[:16]


def card_buttons(
    name: str, overview: VersionOverview, anyway: bool = False
) -> InlineKeyboardMarkup | None:
    """The button under what is said about one version.

    Args:
        name: the version's.
        overview: all versions.
        anyway: it was not found to be better than the one that serves.
    """
    if name == overview.active.name:
        if overview.previous is None:
            return None
        return _column(_button(MessageKind.CARD, Action.BACK, name, replies.roll_back_button()))
    usable = any(version.name == name and not version.damaged for version in overview.versions)
    if not usable:
        return None
    label = replies.promote_anyway_button() if anyway else replies.promote_button()
    return _column(_button(MessageKind.CARD, Action.ASK, name, label))


def list_buttons(overview: VersionOverview) -> InlineKeyboardMarkup | None:
    """The buttons under the list of all versions, if there is anything to choose."""
    rows = []
    if overview.previous is not None:
        label = replies.roll_back_to_button(overview.previous.name)
        rows.append(_button(MessageKind.LIST, Action.BACK, overview.active.name, label))
    rows += [
        _button(
            MessageKind.LIST, Action.ASK, version.name, replies.promote_this_button(version.name)
        )
        for version in overview.versions[:MAX_LISTED]
        if not version.damaged and version not in (overview.active, overview.previous)
    ]
    return _column(*rows) if rows else None


def question_buttons(kind: MessageKind, name: str) -> InlineKeyboardMarkup:
    """Whether a version shall serve."""
    return _column(
        _button(kind, Action.YES, name, replies.yes_button(name)),
        _button(kind, Action.NO, name, replies.no_button()),
    )


def _column(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button] for button in buttons])


def _button(kind: MessageKind, action: Action, name: str, text: str) -> InlineKeyboardButton:
    data = f"{PREFIX}{kind}:{action}:{version_key(name)}"
    return InlineKeyboardButton(text, callback_data=data)
