"""The buttons that choose the active version of the model.

Their data is `models:<kind>:<action>:<key>`. The kind is that of the message above the button. The
key stands for a version with its files: names may be longer than the 64 bytes that Telegram allows,
and once the data folder was lost, another version may get the same name.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.errors import UnknownButtonError
from bot.replies import models as replies
from model.registry.overview import VersionOverview
from model.registry.version import Version

PREFIX = "models:"
MAX_LISTED = 8  # versions; older ones can be chosen with `scripts.models`
_KEY_DIGITS = (
    20  # more than in earlier versions of the bot, whose keys were made from the name alone
)
_DATA = re.compile(rf"models:(card|list):(back|ask|yes|no):([0-9a-f]{{{_KEY_DIGITS}}})", re.ASCII)


class MessageKind(StrEnum):
    """The kind of message a button is under."""

    CARD = "card"  # about one version
    LIST = "list"  # of all versions


class ModelAction(StrEnum):
    """What a button does."""

    ROLLBACK = "back"  # activate the previous version
    ASK = "ask"  # ask whether to activate the version
    YES = "yes"  # activate it
    NO = "no"  # do not


@dataclass(frozen=True, slots=True)
class ModelButton:
    """What a button does, and to which version."""

    kind: MessageKind
    action: ModelAction
    key: str


def parse(data: str) -> ModelButton:
    """Parse the data of a tapped button, which may be forged.

    Raises:
        UnknownButtonError: no such button exists.
    """
    parts = _DATA.fullmatch(data)
    if parts is None:
        raise UnknownButtonError(f"data of {len(data)} characters")
    return ModelButton(MessageKind(parts[1]), ModelAction(parts[2]), parts[3])


def version_key(version: Version) -> str:
    """Return the key that stands for a version in a button."""
    hashes = sorted(version.manifest.hashes.items()) if version.manifest else []
    return sha256(repr((version.name, hashes)).encode()).hexdigest()[:_KEY_DIGITS]


def card_buttons(
    name: str, overview: VersionOverview, anyway: bool = False
) -> InlineKeyboardMarkup | None:
    """Build the button under a message about one version, if it has one.

    Args:
        name: name of the version.
        overview: all versions.
        anyway: whether the gate rejected the version.
    """
    if name == overview.active.name:
        if overview.previous is None:
            return None
        return _column(
            _button(
                MessageKind.CARD, ModelAction.ROLLBACK, overview.active, replies.roll_back_button()
            )
        )
    version = overview.find(name)
    if version is None or version.damaged:
        return None
    label = replies.promote_anyway_button() if anyway else replies.promote_button()
    return _column(_button(MessageKind.CARD, ModelAction.ASK, version, label))


def list_buttons(overview: VersionOverview) -> InlineKeyboardMarkup | None:
    """Build the buttons under the list of all versions, if there is anything to choose."""
    rows = []
    if overview.previous is not None:
        label = replies.roll_back_to_button(overview.previous.name)
        rows.append(_button(MessageKind.LIST, ModelAction.ROLLBACK, overview.active, label))
    rows += [
        _button(
            MessageKind.LIST,
            ModelAction.ASK,
            version,
            replies.promote_this_button(version.name),
        )
        for version in overview.versions[:MAX_LISTED]
        if not version.damaged and version not in (overview.active, overview.previous)
    ]
    return _column(*rows) if rows else None


def question_buttons(kind: MessageKind, version: Version) -> InlineKeyboardMarkup:
    """Build the buttons that confirm or cancel activating a version."""
    return _column(
        _button(kind, ModelAction.YES, version, replies.yes_button(version.name)),
        _button(kind, ModelAction.NO, version, replies.no_button()),
    )


def _column(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button] for button in buttons])


def _button(
    kind: MessageKind, action: ModelAction, version: Version, text: str
) -> InlineKeyboardButton:
    data = f"{PREFIX}{kind}:{action}:{version_key(version)}"
    return InlineKeyboardButton(text, callback_data=data)
