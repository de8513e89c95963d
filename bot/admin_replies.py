"""Every sentence the bot says to its admins; plain text, too."""


def commands() -> list[tuple[str, str]]:
    """The commands that the menu of admins has in addition, each with its description."""
    return []
