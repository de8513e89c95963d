"""Parse modes: marked-up text becomes plain text and entities.

https://core.telegram.org/bots/api#formatting-options
"""

from bot.sandbox.failures import bad_request
from bot.sandbox.people import Json


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
    raise bad_request("unsupported parse_mode")
