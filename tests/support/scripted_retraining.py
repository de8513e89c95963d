"""Scripts for `fake_retrain.py`: what it prints, and when."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

FAKE = Path(__file__).with_name("fake_retrain.py")
WAIT = None


def started(run: int) -> str:
    """Return the first event of `scripts.retrain`."""
    return json.dumps({"event": "started", "run": run, "lessons": 41, "estimate_s": 25})


def training(run: int, epoch: int) -> str:
    """Return its event after an epoch of thirty."""
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
            "share": epoch / 60,
            "something": "that a newer program may add",
        }
    )


def failed(run: int | None, reason: str) -> str:
    """Return its event when it fails."""
    return json.dumps({"event": "failed", "run": run, "reason": reason})


class FakeProgram:
    """A stand-in for `scripts.retrain` that prints what a test sets before it starts."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "program.json"
        self._gate = folder / "gate"
        os.mkfifo(self._gate)
        self.set_output()

    @property
    def command(self) -> list[str]:
        """The command that runs it."""
        return [sys.executable, str(FAKE), str(self._file)]

    def set_output(
        self, *lines: str | None, status: int = 0, ignores_signals: bool = False
    ) -> None:
        """Set the lines that it prints; at `WAIT` it waits for `resume`."""
        content: dict[str, Any] = {
            "lines": lines,
            "status": status,
            "ignores_signals": ignores_signals,
            "gate": str(self._gate),
        }
        self._file.write_text(json.dumps(content))

    async def resume(self) -> None:
        """Let it go on after `WAIT`."""
        await asyncio.to_thread(self._gate.write_bytes, b"go")
