"""Translation of the bot's sentences into the language of each user.

Every sentence is written in English and passed through `_` or `ngettext` where it is used, never at
import time, when the language is not known yet. The translations are in `bot/locales`. Sentences
that are stored first are a `StoredMessage` until they are shown.
"""

import gettext
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path

# By ISO 639-1 code, each in the language itself.
LANGUAGE_NAMES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "pt": "Português",
    "ru": "Русский",
    "hi": "हिन्दी",
}
# Besides English; each has a folder in `bot/locales`.
LANGUAGES = tuple(sorted(LANGUAGE_NAMES.keys() - {"en"}))
LOCALES = Path(__file__).with_name("locales")

logger = logging.getLogger(__name__)

_ENGLISH = gettext.NullTranslations()
# Each update is handled in a task of its own, and each task has its own value.
_translations: ContextVar[gettext.NullTranslations] = ContextVar("translations", default=_ENGLISH)


def _(message: str) -> str:
    """Translate a sentence into the language of the current task."""
    return _translations.get().gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """Translate a sentence in the grammatical number that a count asks for.

    Args:
        one: the English sentence for one.
        many: the English sentence for any other number.
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
        text: the message id in English, with a placeholder in braces for each value. Without any
            values it is the message itself, braces and all.
        values: values of the placeholders, already formatted.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.fill_in(self.text)

    def fill_in(self, text: str) -> str:
        """Return the text, translated or not, with the values filled in."""
        return text.format_map(self.values) if self.values else text


def translated(message: StoredMessage) -> str:
    """Return a stored message in the language of the current task.

    A message without a translation stays in English.
    """
    return message.fill_in(_translations.get().gettext(message.text))


def set_language(tag: str | None) -> None:
    """Use a language from now on, in this task and in those that it starts.

    Args:
        tag: an IETF language tag as Telegram gives it, for example "pt-BR". For None and for
            languages that the bot does not know, English is used.
    """
    _translations.set(_translations_for(tag))


def current_language() -> str:
    """Return the code of the language of the current task."""
    return _translations.get().info().get("language", "en")


@contextmanager
def in_language(tag: str | None) -> Iterator[None]:
    """Use a language within a block; see `set_language`."""
    before = _translations.set(_translations_for(tag))
    try:
        yield
    finally:
        _translations.reset(before)


def _translations_for(tag: str | None) -> gettext.NullTranslations:
    language = (tag or "").replace("_", "-").partition("-")[0].lower()
    return _load(language) if language in LANGUAGES else _ENGLISH


@cache
def _load(language: str) -> gettext.NullTranslations:
    """Load the compiled translations of a wheel, or compile those of a source checkout."""
    try:
        return gettext.translation("bot", LOCALES, [language])
    except FileNotFoundError:
        try:
            return compile_in_memory(language)
        except ModuleNotFoundError:
            logger.warning(
                "No Babel to translate with in a source checkout, so the bot speaks English. "
                "Install it with: pip install babel"
            )
            return _ENGLISH


def compile_in_memory(language: str) -> gettext.GNUTranslations:
    """Compile the translations of a source checkout, so that no compiled file can be outdated."""
    # A wheel, in which they are compiled already, does not need Babel.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with (LOCALES / language / "LC_MESSAGES" / "bot.po").open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
