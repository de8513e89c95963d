"""What `fake_retrain.py` is to say, and when."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

FAKE = Path(__file__).with_name("fake_retrain.py")
WAIT = None


def started(run: int) -> str:
    """What `scripts.retrain` says in the beginning."""
    return json.dumps({"event": "started", "run": run, "lessons": 41, "estimate_s": 25})


def training(run: int, epoch: int) -> str:
    """What it says after an epoch of thirty."""
    return json.dumps(
        {
            "event": "progress",
            "run": run,
            "stage": "training",
            "done": epoch,
            "total": 30,
            "epoch": epoch,
            "epochs": 30,
            "loss": 0.21,
            "accuracy": 0.95,
            "eta_s": 12,
            "something": "that a newer program may add",
        }
    )


def failed(run: int | None, reason: str) -> str:
    """What it says when it fails."""
    return json.dumps({"event": "failed", "run": run, "reason": reason})


class Play:
    """A play that can be changed until it begins.

    Args:
        folder: to keep it in.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "play.json"
        self._gate = folder / "gate"
        os.mkfifo(self._gate)
        self.be()

    @property
    def command(self) -> list[str]:
        """What plays it."""
        return [sys.executable, str(FAKE), str(self._file)]

    def be(self, *lines: str | None, status: int = 0, deaf: bool = False) -> None:
        """Change it.

        Args:
            lines: what it says; at `WAIT` it waits.
            status: that it ends with.
            deaf: it does not listen to signals.
        """
        play: dict[str, Any] = {"lines": lines, "status": status, "deaf": deaf}
        self._file.write_text(json.dumps({**play, "gate": str(self._gate)}))

    async def go_on(self) -> None:
        """Let it go on that waits."""
        await asyncio.to_thread(self._gate.write_bytes, b"go")
