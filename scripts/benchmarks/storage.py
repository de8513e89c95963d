"""Measure whether a large database is as fast as an empty one.

Both are created in a temporary folder. Corrections in both take turns, so that other programs slow
down both.
"""

import argparse
import asyncio
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from bot.storage import corrections, reviews, statistics
from bot.storage.accepted_labels import Decision
from bot.storage.answers import AnswerKey
from bot.storage.corrections import Tap
from bot.storage.database import Database, open_database
from bot.storage.labels import Label
from bot.storage.samples import count_new_samples
from bot.storage.users import DAY_S
from model.network.verdict import verdict_of

TAPS = 200  # on each database
MAX_RATIO, MAX_S = 2.0, 2.0  # of the time of a tap, and of a query in seconds
DAYS = 400  # from the first photo to the last
PEOPLE = 5000
CROP_BYTES = 14_000  # of a face's PNG
FIRST_USER = 7_000_000_000
TRUSTED = frozenset(range(FIRST_USER, FIRST_USER + 20))
CORRECTIONS_A_REVIEW = 5
SURE_THRESHOLD = 0.7

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is in a database, with one face in each photo and one photo in each answer."""

    faces: int
    corrections: int


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if something is too slow.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.storage", description=__doc__
    )
    parser.add_argument(
        "--faces",
        type=int,
        default=1_000_000,
        help="number of faces in the large database (default: %(default)s)",
    )
    parser.add_argument(
        "--corrections",
        type=int,
        default=100_000,
        help="number of corrections in the large database (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="benchmark-storage-") as folder:
        return asyncio.run(_compare(Path(folder), Size(options.faces, options.corrections)))


async def _compare(folder: Path, size: Size) -> int:
    files = {"large": folder / "large.sqlite3", "empty": folder / "empty.sqlite3"}
    # The empty one holds only the photos that are tapped.
    for name, contents in (("large", size), ("empty", Size(TAPS, 0))):
        start = time.perf_counter()
        await _make(files[name], contents)
        took = time.perf_counter() - start
        print(f"{name}: {contents.faces:,} faces, {contents.corrections:,} corrections, "
              f"{files[name].stat().st_size / 1e6:,.0f} MB, made in {took:.0f} s")  # fmt: skip
    async with _opened(files["large"]) as large, _opened(files["empty"]) as empty:
        fine = [
            await _taps(large, size.faces, empty),
            await _query(
                "/stats", lambda: statistics.load_overview(large, int(time.time()) // DAY_S - 30)
            ),
            await _query("what retraining learns from", lambda: count_new_samples(large, TRUSTED)),
            await _query("/review", lambda: reviews.next_pending(large, TRUSTED)),
        ]
    return 0 if all(fine) else 1


def _opened(file: Path) -> AbstractAsyncContextManager[Database]:
    return open_database(f"sqlite+aiosqlite:///{file}")


async def _taps(large: Database, faces: int, empty: Database) -> bool:
    """Time taps on both databases in turn; return whether the large one is fast enough."""
    rng = np.random.default_rng(1)
    times: dict[str, list[float]] = {"large": [], "empty": []}
    for number in range(TAPS):
        for name, database, answer in (
            ("large", large, int(rng.integers(faces))),
            ("empty", empty, number),
        ):
            key = AnswerKey(answer + 1, None)
            tap = Tap(f"{name}{number}", user_of(answer), False, key, int(time.time()))
            start = time.perf_counter()
            await corrections.correct(database, tap, lambda _: {0: Label.NOT_A_FACE}, TAPS)
            times[name].append(time.perf_counter() - start)
    typical = {name: median(some) for name, some in times.items()}
    ratio = typical["large"] / typical["empty"]
    print(f"a tap: {1e3 * typical['large']:.1f} ms against {1e3 * typical['empty']:.1f} ms in the "
          f"empty file, ratio {ratio:.2f} (at most {MAX_RATIO:g})")  # fmt: skip
    return ratio <= MAX_RATIO


async def _query(name: str, ask: Callable[[], Awaitable[object]]) -> bool:
    """Time a query of the large database; return whether it is fast enough each time.

    The CPU time tells how long it would take on an idle machine.
    """
    times, cpu_times = [], []
    for _ in range(3):
        start, cpu_start = time.perf_counter(), time.process_time()
        await ask()
        times.append(time.perf_counter() - start)
        cpu_times.append(time.process_time() - cpu_start)
    print(f"{name}: {times[0]:.2f} s at first, then {min(times[1:]):.2f} s (at most {MAX_S:g} s); "
          f"{max(cpu_times):.2f} s of CPU time")  # fmt: skip
    return max(times) <= MAX_S


async def _make(file: Path, size: Size) -> None:
    async with _opened(file):
        pass
    people = Contents(size, int(time.time()))
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for table, rows in people.tables().items():
            _insert(connection, table, rows)
        connection.execute("COMMIT")


def _insert(connection: sqlite3.Connection, table: str, rows: Iterator[Row]) -> None:
    first = next(rows, None)
    if first is None:
        return
    names, marks = ", ".join(first), ", ".join("?" * len(first))
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our own tables
    connection.executemany(statement, (tuple(row.values()) for row in chain([first], rows)))


class Contents:
    """Invented photos of invented people, older ones first.

    Args:
        size: the number of rows.
        now: the current time, in seconds since 1970.
    """

    def __init__(self, size: Size, now: int) -> None:
        self._size = size
        self._now = now
        rng = np.random.default_rng(1)
        # One correction in ten changes an earlier one.
        labelled = min(size.faces, size.corrections * 9 // 10)
        self._labelled: list[int] = rng.choice(size.faces, labelled, replace=False).tolist()
        self._kept = set(self._labelled)
        self._crops = [rng.bytes(CROP_BYTES) for _ in range(64)]

    def tables(self) -> dict[str, Iterator[Row]]:
        """Return the rows of each table, parents first."""
        return {
            "users": ({"id": FIRST_USER + n, "first_seen_at": 0} for n in range(PEOPLE)),
            "answers": map(self._answer, range(self._size.faces)),
            "photos": map(self._photo, range(self._size.faces)),
            "answer_photos": (
                {"answer_id": n + 1, "position": 0, "photo_id": n + 1}
                for n in range(self._size.faces)
            ),
            "faces": map(self._face, range(self._size.faces)),
            "corrections": map(self._correction, range(self._size.corrections)),
            "reviews": map(self._review, range(0, self._size.corrections, CORRECTIONS_A_REVIEW)),
        }

    def _answer(self, number: int) -> Row:
        user = user_of(number)
        asked_at = self._time_of(number)
        ids = {"id": number + 1, "user_id": user, "chat_id": user, "message_id": number}
        return {**ids, "asked_at": asked_at, "delivered": True}

    def _photo(self, number: int) -> Row:
        return {
            "id": number + 1,
            "user_id": user_of(number),
            "file_unique_id": f"AQAD{number:012d}",
            "model_version": self._version_of(number),
            "whole_picture": False,
            **_mood(number),
            "judged_at": self._time_of(number),
        }

    def _face(self, number: int) -> Row:
        crop = self._crops[number % len(self._crops)] if number in self._kept else None
        box = dict.fromkeys(("box_left", "box_top", "box_right", "box_bottom"), 100)
        place = {"id": number + 1, "photo_id": number + 1, "position": 0, **box, "score": 0.9}
        # No face expires during the measurement.
        return {**place, **_mood(number), "crop": crop, "expires_at": self._now + DAY_S}

    def _correction(self, number: int) -> Row:
        face = self._labelled[number % len(self._labelled)]
        word = "happy" if spread(face) + 0.2 * spread(number) > 0.6 else "sad"
        who = {"id": number + 1, "face_id": face + 1, "user_id": user_of(face)}
        # Three photos in a row are copies of one picture, sent by different people.
        crop_digest = sha256(str(face // 3).encode()).digest()
        said = {"said": word, "said_at": self._time_of(face) + 60, "crop_digest": crop_digest}
        return {**who, **said, "model_version": self._version_of(face), **_mood(face)}

    def _review(self, number: int) -> Row:
        decision = list(Decision)[number // CORRECTIONS_A_REVIEW % len(Decision)]
        by_whom = {"correction_id": number + 1, "user_id": min(TRUSTED)}
        return {**by_whom, "decision": str(decision), "reviewed_at": self._now}

    def _version_of(self, number: int) -> str:
        return f"version-{6 * number // self._size.faces}"

    def _time_of(self, number: int) -> int:
        return self._now - DAYS * DAY_S * (self._size.faces - number) // self._size.faces


def user_of(number: int) -> int:
    """Return the sender of a photo: some people send many, most send a few."""
    return FIRST_USER + int(PEOPLE * spread(number + 7) ** 3)


def spread(number: int) -> float:
    """Return a number from 0 to 1 that looks random (Knuth's multiplicative hashing)."""
    return number * 2_654_435_761 % 2**32 / 2**32


def _mood(number: int) -> Row:
    probability = spread(number)
    return {
        "probability_happy": probability,
        "verdict": str(verdict_of(probability, SURE_THRESHOLD)),
    }


if __name__ == "__main__":
    sys.exit(main())
