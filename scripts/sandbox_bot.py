"""The bot, for as long as the program that started it holds the other end of its standard input.

That end closes however the program ends, `kill -9` included; then the bot stops as if asked to.
"""

import os
import signal
import sys
import threading

from bot.__main__ import main


def _stop_when_let_go() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_stop_when_let_go, daemon=True).start()
    sys.exit(main())
