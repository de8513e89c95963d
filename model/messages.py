"""Sentences that are noted down, and said later in the language of who reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(text: str) -> str:  # noqa: N802 - what tools for gettext look for
    """Mark a sentence for translation, which has to wait until it is said.

    Args:
        text: in English.

    Returns:
        The same.
    """
    return text


@dataclass(frozen=True)
class Reason:
    """A sentence whose values are apart, so that it can still be translated; `str` is in English.

    Args:
        text: in English, with a place in braces for each value, by name. Without any values it is
            the sentence itself, braces and all.
        values: for these places, as they are to be read.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.filling(self.text)

    def filling(self, text: str) -> str:
        """A translation of the text with the values in their places."""
        return text.format_map(self.values) if self.values else text
