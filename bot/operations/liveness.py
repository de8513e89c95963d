"""Asks the bot of this machine whether it lives, as the health check of a container does.

That happens every few seconds for as long as the bot runs, so this imports nothing that takes long:
not even the settings, whose validation takes longer than the answer.
"""

import os
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

LISTEN = "BOT_HTTP_LISTEN"
TIMEOUT_S = 5
_OK = 200
# An address to listen on that stands for all of a machine, and the one to connect to.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens here


def listen_address(env_file: Path) -> str | None:
    """Return where health is served; None if nowhere.

    Args:
        env_file: a file with settings, over which the environment takes precedence; it need not
            exist.

    Raises:
        OSError, UnicodeDecodeError: the file cannot be read.
    """
    for values in (os.environ, dotenv_values(env_file, encoding="utf-8")):
        # In any case, and an empty value is none, as for `bot.settings`.
        found = [value for name, value in values.items() if name.upper() == LISTEN and value]
        if found:
            return found[0]
    return None


def why_not_alive(listen: str) -> str | None:
    """Ask the bot.

    Args:
        listen: where it serves health, as host:port.

    Returns:
        None if it lives; otherwise a text that says what is wrong.
    """
    try:
        address = urlsplit(f"//{listen}")
        host = address.hostname or ""
        # No proxy: this is the same machine.
        connection = HTTPConnection(_LOOPBACK.get(host, host), address.port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            text = response.read(200).decode(errors="replace").strip()
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError) as error:
        return f"Nothing answers on {listen}: {error}"
    return None if response.status == _OK else f"{listen} answers {response.status}: {text}"
