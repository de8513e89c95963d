"""Keeps lines off standard error that LiteRT and TensorFlow write whenever they are loaded."""

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile

# No setting turns them off. LiteRT: its logger's level is in a symbol that it does not export,
# https://github.com/tensorflow/tensorflow/blob/master/tensorflow/lite/delegates/xnnpack/xnnpack_delegate.cc
# TensorFlow, about processors and drivers: https://github.com/tensorflow/tensorflow/issues/100442
_NOISE = re.compile(
    rb"^(?:INFO: Created TensorFlow Lite XNNPACK delegate for CPU\.|I0000 .*"
    rb"|WARNING: All log messages before absl::InitializeLog\(\) .*)\n",
    re.MULTILINE,
)
_STDERR = 2

_lock = threading.RLock()


@contextmanager
def without_native_noise() -> Iterator[None]:
    """Hold back what the process writes to standard error, and write it after the block.

    The lines above are left out. Where nothing can be held back, everything is written at once.
    """
    with _lock, ExitStack() as stack:
        try:
            held = stack.enter_context(TemporaryFile())
            real = os.dup(_STDERR)
        except OSError:  # there is no folder for temporary files, or standard error is closed
            yield
            return
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(real, _STDERR)
            os.close(real)
            held.seek(0)
            with os.fdopen(_STDERR, "wb", closefd=False) as stderr:
                stderr.write(_NOISE.sub(b"", held.read()))
