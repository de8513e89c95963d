"""Files of a self-hosted Bot API server in local mode, which leaves them on its own disk.

Such a server answers `getFile` with an absolute path instead of offering the file for download:
https://github.com/tdlib/telegram-bot-api#usage.
"""

import logging
from pathlib import Path

from telegram import Bot, File

from bot.errors import DownloadError

_NOT_FOUND = "make the server's folder visible here under the same path, as a shared volume does"
_NOT_ALLOWED = "run both as the same user, or let the bot's group read the server's folder"

logger = logging.getLogger(__name__)


def named_path(bot: Bot, file: File) -> str:
    """Return the path that the server names for a file; empty if it names none.

    An absolute path is on the server's disk, a relative one is to be downloaded.

    Args:
        bot: got the file from the server.
        file: the answer to `getFile`. The library makes an address of the path, of either kind,
            unless there is such a file here.
    """
    return (file.file_path or "").removeprefix(f"{bot.base_file_url}/")


def read_local_file(path: Path, max_bytes: int) -> bytes:
    """Read a file from the server's disk. If that fails, the log says what is missing.

    Args:
        path: absolute path of the file.
        max_bytes: refuse a larger file.

    Raises:
        DownloadError: the file cannot be read here, or is larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        logger.error(
            "The Bot API server runs in local mode and has put a file at %s, but the bot cannot "
            "read it there (%s): %s",
            path,
            error.strerror,
            _NOT_ALLOWED if isinstance(error, PermissionError) else _NOT_FOUND,
        )
        # Without the path, which contains the token.
        raise DownloadError(f"the server's file cannot be read: {error.strerror}") from None
    if len(data) > max_bytes:
        raise DownloadError(f"the file has more than {max_bytes} bytes")
    return data
