"""Parse modes: marked-up text becomes plain text and entities.

https://core.telegram.org/bots/api#formatting-options
"""

from collections.abc import Callable
from typing import Final

from bot.sandbox.cast import Json
from bot.sandbox.errors import bad_request
from bot.sandbox.markup.html import parse_html
from bot.sandbox.markup.markdown_legacy import parse_old_markdown
from bot.sandbox.markup.markdown_v2 import parse_markdown

PARSERS: Final[dict[str, Callable[[str], tuple[str, list[Json]]]]] = {
    "html": parse_html,
    "markdownv2": parse_markdown,
    "markdown": parse_old_markdown,
}


def parse(text: str, mode: str) -> tuple[str, list[Json]]:
    """Return the plain text and its entities.

    Args:
        text: marked-up text.
        mode: "HTML", "MarkdownV2" or "Markdown", in any case; "" and "none" for plain text.

    Raises:
        Failure: an unknown mode, or a text that does not parse.
    """
    mode = mode.lower()
    if mode in ("", "none"):
        return text, []
    if mode not in PARSERS:
        raise bad_request("unsupported parse_mode")
    return PARSERS[mode](text)
