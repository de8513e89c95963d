"""The language of the answer being made, and the translation of the bot's sentences into it.

Every sentence is written in English, passed through `_` or `ngettext` where it is used (never at
import time, when the language is not known yet).
"""

from contextvars import ContextVar
from gettext import NullTranslations

_translations: ContextVar[NullTranslations] = ContextVar("translations")
_ENGLISH = NullTranslations()


def _(message: str) -> str:
    """Translate a sentence into the language of the update in hand."""
    return _translations.get(_ENGLISH).gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """Translate a sentence in the grammatical number that a count asks for.

    Args:
        one: in English, for one.
        many: in English, for any other number.
        number: the count.
    """
    return _translations.get(_ENGLISH).ngettext(one, many, number)
