"""The language of the answer being made, and the translation of the bot's sentences into it.

Every sentence is written in English, passed through `_` or `ngettext` where it is used (never at
import time, when the language is not known yet), and translated in `bot/locales`. Sentences that
are noted down first, or that `model` says, are a `model.messages.Reason` until they are shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from model.messages import Reason

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


def translated(reason: Reason) -> str:
    """Say in the language of the update in hand what was noted for whoever reads it.

    Args:
        reason: one that has no translation stays in English.
    """
    return reason.filling(_translations.get().gettext(reason.text))


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
