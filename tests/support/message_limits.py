"""Telegram's limits of a message's parts, and values as large as a reply may have to hold."""

from typing import Final

MAX_TEXT: Final = 4096
MAX_CAPTION: Final = 1024
MAX_TOAST: Final = 200
MAX_DESCRIPTION: Final = 256
MAX_BUTTON: Final = 28  # not Telegram's: about what fits into half the width of a phone
MANY: Final = 99_999
MAX_ID: Final = 9_999_999_999


def length(text: str) -> int:
    """Return a text's length in UTF-16 code units, which is what Telegram counts."""
    return len(text.encode("utf-16-le")) // 2
