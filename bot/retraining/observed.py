"""What can be observed of a retraining, wherever it runs: that it changes, and how it ended."""

import asyncio
from dataclasses import dataclass

from bot.retraining.exit_status import ExitStatus


@dataclass(frozen=True, slots=True)
class RetrainExit:
    """How a retraining ended.

    Attributes:
        status: the exit status; any failure counts as `STOPPED` if it had been asked to stop.
        run: its id in the table `runs`; None if it ended before it was stored there.
        reason: why it failed; otherwise empty.
    """

    status: ExitStatus
    run: int | None
    reason: str = ""


class ObservedRetraining:
    """Wakes whoever waits for a change, and keeps the last end until it is taken."""

    def __init__(self) -> None:
        self._exit: RetrainExit | None = None
        self._changed = asyncio.Event()

    async def wait_for_change(self) -> None:
        """Wait until its progress or state changes; for one waiter only."""
        await self._changed.wait()
        self._changed.clear()

    def take_exit(self) -> RetrainExit | None:
        """Return how the last one ended, once; None if none has ended since the last call."""
        taken, self._exit = self._exit, None
        return taken
