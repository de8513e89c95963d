"""Run the bot until its standard input is closed.

The parent holds the other end of the pipe. However the parent ends, even by `kill -9`, the pipe
closes, and the bot stops as on SIGTERM.
"""

import os
import signal
import sys
import threading

from bot.__main__ import main


def _stop_at_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    sys.exit(main())
