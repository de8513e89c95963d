"""What people are called in the log: a keyed hash of their id, or the id where it is asked for."""

import logging
import os
import secrets
from collections.abc import Callable
from hashlib import blake2s
from pathlib import Path

_KEY_BYTES = 32
_NAME_BYTES = 5  # of ten thousand people, two share a name with a probability of 0.005 %

logger = logging.getLogger(__name__)


def user_names(key_file: Path, *, show_ids: bool) -> Callable[[int], str]:
    """Return what names a user in the log.

    The hash is BLAKE2s with a key (RFC 7693, section 2.9): without the key, trying all ids does not
    tell whose name it is.

    Args:
        key_file: the file with the key, which is made if it is not there.
        show_ids: name them by their Telegram user id instead.
    """
    if show_ids:
        return str
    key = _read_or_make_key(key_file)
    return lambda user_id: blake2s(
        str(user_id).encode(), key=key, digest_size=_NAME_BYTES
    ).hexdigest()


def _read_or_make_key(file: Path) -> bytes:
    key = secrets.token_bytes(_KEY_BYTES)
    try:
        kept = _read_or_write(file, key)
        if len(kept) == _KEY_BYTES:
            return kept
        logger.warning(
            "Expected %d bytes in %s, found %d: until the next start, people have other names in "
            "the log. Delete the file to have a new one made",
            _KEY_BYTES,
            file,
            len(kept),
        )
    except OSError as error:
        logger.warning(
            "%s cannot be used (%s): until the next start, people have other names in the log",
            file,
            error.strerror,
        )
    return key


def _read_or_write(file: Path, key: bytes) -> bytes:
    """Write a key to a file, unless there is one; return what the file holds."""
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(key)
    return key
