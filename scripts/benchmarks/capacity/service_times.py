"""How long a photo occupies each part of the bot, measured, and kept as JSON."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from scripts.benchmarks.capacity.queueing import Seconds


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """What one photo takes, without any waiting.

    Attributes:
        loop_s: processor time of the thread with the event loop, for each photo.
        workers_s: that of all other threads, for each photo: mainly decoding, faces and moods.
        statements_s: how long each write transaction held the database's lock before it ended.
        commit_s: how long its end took, in which the lock is held and the disk is waited for.
        transactions: write transactions a photo.
        database_cpu_s: processor time of the database server a photo.
        database_bytes: by which the database grows with a photo.
        connections: of the bot to the database, after several photos at once.
    """

    loop_s: list[float]
    workers_s: list[float]
    statements_s: list[float]
    commit_s: list[float]
    transactions: float
    database_cpu_s: float
    database_bytes: float
    connections: int

    @property
    def loop(self) -> Seconds:
        return np.array(self.loop_s)

    @property
    def workers(self) -> Seconds:
        return np.array(self.workers_s)

    @property
    def lock(self) -> Seconds:
        """How long each write transaction held the lock."""
        return self.statements + self.commit

    @property
    def statements(self) -> Seconds:
        return np.array(self.statements_s)

    @property
    def commit(self) -> Seconds:
        return np.array(self.commit_s)

    def with_commit(self, seconds: float) -> Self:
        """Return the same for a server on which the end of each transaction takes so long."""
        return replace(self, commit_s=[seconds] * len(self.commit_s))

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `write` has written.

        Raises:
            ValueError: it is something else.
        """
        try:
            return cls(**json.loads(file.read_text(encoding="utf-8")))
        except (TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{file} has no service times, as --save writes them") from error
