"""Parse modes: from marked-up text to plain text and entities.

https://core.telegram.org/bots/api#formatting-options
"""

from collections.abc import Callable

from bot.sandbox.cast import Json
from bot.sandbox.errors import bad_request
from bot.sandbox.markup.html import parse_html
from bot.sandbox.markup.markdown_legacy import parse_legacy_markdown
from bot.sandbox.markup.markdown_v2 import parse_markdown_v2

PARSERS: dict[str, Callable[[str], tuple[str, list[Json]]]] = {
    "html": parse_html,
    "markdownv2": parse_markdown_v2,
    "markdown": parse_legacy_markdown,
}


def parse_markup(text: str, mode: str) -> tuple[str, list[Json]]:
    """Return the plain text and its entities.

    Args:
        text: marked-up text.
        mode: "HTML", "MarkdownV2" or "Markdown" in any case; "" or "none" for plain text.

    Raises:
        BotApiError: the mode is unknown, or the text does not parse.
    """
    mode = mode.lower()
    if mode in ("", "none"):
        return text, []
    if mode not in PARSERS:
        raise bad_request("unsupported parse_mode")
    return PARSERS[mode](text)
