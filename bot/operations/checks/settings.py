"""Checks the file with the settings; their values are checked when they are read."""

from collections.abc import Iterator
from pathlib import Path

from bot.errors import SettingsError
from bot.misspelt_settings import misspelt_settings
from bot.operations.checks.finding import Finding, Level, ok, warning
from bot.settings import Settings
from bot.settings_problems import (
    FROM_BOTFATHER,
    TOKEN,
    WHERE_THEY_COME_FROM,
    comments_after_values,
)

_AREA = "settings"


def check_names(env_file: Path) -> Iterator[Finding]:
    """Find names that are no settings, and comments after values.

    Args:
        env_file: a file with settings; it need not exist.
    """
    misspelt = misspelt_settings(Settings.model_fields, env_file)
    for sentence in [*misspelt, *comments_after_values(env_file)]:
        text, _, advice = sentence.partition(". ")
        cure = advice or "Remove it, unless another program needs it. All names: docs/settings.md"
        yield warning(_AREA, text, cure)


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Say where the settings come from, and which have no effect.

    Args:
        settings: the settings, which are valid.
    """
    place = settings.env_file.absolute()
    also = f"and {place}" if place.is_file() else f"alone; there is no {place}"
    yield ok(_AREA, f"complete, from the environment {also}")
    for name in settings.unused:
        yield warning(_AREA, f"{name} has no effect without BOT_WEBHOOK_URL", "Set that, too.")


def wrong_settings(error: SettingsError) -> Iterator[Finding]:
    """Return what is wrong with settings that cannot be read, one by one."""
    heading, *lines = str(error).partition("\n\n")[0].splitlines()
    for line in lines or [heading]:
        text = line.strip()
        cure = FROM_BOTFATHER if text.startswith(TOKEN) else WHERE_THEY_COME_FROM
        yield Finding(_AREA, Level.WRONG_SETTING, text, cure)
