"""What commands print, whatever the terminal's encoding and the names of files."""

import sys
from io import TextIOWrapper


def escape_unprintable() -> None:
    """Print characters that the terminal's encoding lacks as escapes instead of failing.

    Such are a dash where the locale is Latin-1, and the bytes of a file name that is not UTF-8.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
