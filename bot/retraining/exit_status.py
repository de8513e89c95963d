"""How a retraining ended: the exit status of `scripts.retrain`, at both ends of the pipe."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """Exit status of `scripts.retrain`; any other is a failure."""

    FINISHED = 0  # promoted or kept
    FAILED = 1
    NOTHING_NEW = 3
    ALREADY_RUNNING = 4
    STOPPED = 130  # as shells report it
