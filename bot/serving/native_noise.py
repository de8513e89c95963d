"""Keeps a line off standard error that LiteRT writes when it loads its first model."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

# No setting turns it off: its logger's level is in a symbol that the library does not export.
# https://github.com/tensorflow/tensorflow/blob/master/tensorflow/lite/delegates/xnnpack/xnnpack_delegate.cc
_NOISE = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
_STDERR = 2


@contextmanager
def without_native_noise() -> Iterator[None]:
    """Hold back what the process writes to standard error, and write it after the block.

    Only that line is left out.
    """
    with TemporaryFile() as held:
        real = os.dup(_STDERR)
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(real, _STDERR)
            os.close(real)
            held.seek(0)
            with os.fdopen(_STDERR, "wb", closefd=False) as stderr:
                stderr.write(held.read().replace(_NOISE, b""))
