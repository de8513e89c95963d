"""Names of settings that are misspelt, which would otherwise be ignored without a word."""

import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

PREFIXES = ("BOT_", "TELEGRAM_")
# From 0 to 1, of the rest of the name. Other programs have TELEGRAM_CHAT_ID and TELEGRAM_API_ID,
# the latter with a similarity of 0.62.
MIN_SIMILARITY = 0.65


def misspelt_settings(known: Collection[str], env_file: Path) -> list[str]:
    """Name the variables that look like settings of the bot and are none.

    Args:
        known: the names of all settings, in any case.
        env_file: a file with settings besides those in the environment; it need not exist.

    Returns:
        A sentence for each, without its value.
    """
    settings = sorted(name.upper() for name in known)
    names = {*os.environ, *_names_in(env_file)}
    return [sentence for name in sorted(names) for sentence in _about(name, settings)]


def _about(name: str, settings: Collection[str]) -> Iterator[str]:
    upper = name.upper()
    if not upper.startswith(PREFIXES) or upper in settings:
        return
    by_rest = {_without_prefix(setting): setting for setting in settings}
    similar = get_close_matches(_without_prefix(upper), by_rest, 1, MIN_SIMILARITY)
    if similar:
        yield f"{name} is no setting. Did you mean {by_rest[similar[0]]}?"
    elif upper.startswith("BOT_"):
        yield f"{name} is no setting of this bot, and has no effect."


def _without_prefix(name: str) -> str:
    return next(name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix))


def _names_in(env_file: Path) -> Collection[str]:
    try:
        return dotenv_values(env_file, encoding="utf-8").keys()
    except (UnicodeDecodeError, OSError):
        return ()  # whoever reads the settings reports it
