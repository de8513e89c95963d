"""The language of the answer being made, and the translation of the bot's sentences into it.

Every sentence is written in English, passed through `_` or `ngettext` where it is used (never at
import time, when the language is not known yet), and translated in `bot/locales`. Sentences that
are stored first are a `StoredMessage` until they are shown.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("de", "es", "hi", "pt", "ru")  # besides English; each has a folder in `bot/locales`

_ENGLISH = NullTranslations()
# Each task has its own value, and an update is handled in one task: nobody's languages mix.
_translations: ContextVar[NullTranslations] = ContextVar("translations", default=_ENGLISH)


def _(message: str) -> str:
    """Translate a sentence into the language of the update in hand."""
    return _translations.get().gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """Translate a sentence in the grammatical number that a count asks for.

    Args:
        one: in English, for one.
        many: in English, for any other number.
        number: the count.
    """
    return _translations.get().ngettext(one, many, number)


def N_(text: str) -> str:  # noqa: N802 - what tools for gettext look for
    """Mark a message that is translated later, when it is shown; returns it unchanged."""
    return text


@dataclass(frozen=True)
class StoredMessage:
    """A message that is stored and translated when it is shown; `str` is in English.

    Attributes:
        text: The message id in English, with a placeholder in braces for each value. Without any
            values it is the message itself, braces and all.
        values: Values of the placeholders, as they are to be read.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.fill_in(self.text)

    def fill_in(self, text: str) -> str:
        """Return a translation of the text with the values in their places."""
        return text.format_map(self.values) if self.values else text


def translated(message: StoredMessage) -> str:
    """Return a stored message in the language of the update in hand.

    A message without a translation stays in English.
    """
    return message.fill_in(_translations.get().gettext(message.text))


def set_language(tag: str | None) -> None:
    """Use a person's language from now on, in this task and those it starts.

    Args:
        tag: an IETF language tag as Telegram gives it, e.g. "pt-BR", if it does. English is spoken
            to those whose language the bot does not know.
    """
    _translations.set(_translations_for(tag))


@contextmanager
def in_language(tag: str | None) -> Iterator[None]:
    """Use a language within a block; see `set_language`."""
    before = _translations.set(_translations_for(tag))
    try:
        yield
    finally:
        _translations.reset(before)


def _translations_for(tag: str | None) -> NullTranslations:
    language = (tag or "").replace("_", "-").partition("-")[0].lower()
    return _read(language) if language in LANGUAGES else _ENGLISH


@cache
def _read(language: str) -> GNUTranslations:
    """Read a catalogue; it is compiled in memory, so that no compiled file can be out of date."""
    compiled = BytesIO()
    text = files("bot") / "locales" / language / "LC_MESSAGES" / "bot.po"
    with text.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return GNUTranslations(compiled)
