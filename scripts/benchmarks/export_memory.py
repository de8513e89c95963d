"""Measure how much memory the bot takes to send people their data (/mydata).

A bot runs in the sandbox, in a temporary folder, with a database in which several people have many
faces. First one of them asks for all data, then all of them ask at once. Linux only.
"""

import argparse
import asyncio
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np

from bot.sandbox.cast import FIRST_EXTRA_ID
from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import UNLIMITED
from bot.sandbox.state.sandbox_state import SandboxOptions
from bot.storage.database import open_database
from scripts.benchmarks.running_bot import client_of, running_bot

MAX_GROWTH_MB = 60.0
TIMEOUT_S = 600.0
CROP_BYTES = 14_000  # of a face's PNG


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if the bot takes too much memory.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.export_memory", description=__doc__
    )
    parser.add_argument(
        "--faces", type=int, default=8000, help="faces of each person (default: %(default)s)"
    )
    parser.add_argument(
        "--people", type=int, default=10, help="people who ask at once (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    people = range(FIRST_EXTRA_ID, FIRST_EXTRA_ID + options.people)
    server = SandboxServer(SandboxOptions(limits=UNLIMITED, extra_users=options.people))
    with TemporaryDirectory(prefix="benchmark-exports-") as folder, server:
        asyncio.run(_make(Path(folder) / "bot.sqlite3", people, options.faces))
        bot = running_bot(server, Path(folder), BOT_DATA_DIR=folder)
        with bot as pid, client_of(server) as client:
            growths = [_ask(client, pid, some, options.faces) for some in (people[:1], people)]
    return 0 if max(growths) <= MAX_GROWTH_MB else 1


async def _make(file: Path, people: range, faces: int) -> None:
    async with open_database(f"sqlite+aiosqlite:///{file}"):
        pass
    rng = np.random.default_rng(1)
    crops = [rng.bytes(CROP_BYTES) for _ in range(64)]
    verdict = {"probability_happy": 0.9, "verdict": "happy"}
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for place, person in enumerate(people):
            _insert(connection, "users", {"id": person, "first_seen_at": 0})
            for number in range(place * faces + 1, (place + 1) * faces + 1):
                ids = {"id": number, "user_id": person}
                sent = {"chat_id": person, "message_id": number, "asked_at": 0, "delivered": 1}
                _insert(connection, "answers", ids | sent)
                seen = {"file_unique_id": f"AQAD{number:012d}", "model_version": "1"}
                judged = {"whole_picture": 0, "judged_at": 0}
                _insert(connection, "photos", ids | seen | judged | verdict)
                shown = {"answer_id": number, "position": 0, "photo_id": number}
                _insert(connection, "answer_photos", shown)
                kept = {"crop": crops[number % len(crops)], "expires_at": 2**31}
                place_in_photo = {"id": number, "photo_id": number, "position": 0, "score": 0.9}
                _insert(connection, "faces", place_in_photo | kept | verdict)
        connection.execute("COMMIT")


def _insert(connection: sqlite3.Connection, table: str, row: Mapping[str, object]) -> None:
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our own tables
    connection.execute(statement, tuple(row.values()))


def _ask(client: httpx.Client, pid: int, people: range, faces: int) -> float:
    """Let people ask for their data; return by how many MB the bot's memory grew meanwhile."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak is now what it has at present
    before, start = _memory_mb(pid, "VmRSS"), time.perf_counter()
    # The crops are random bytes, so their ZIP files are no smaller.
    expected = {person: _received(client, person) + faces * CROP_BYTES for person in people}
    for person in people:
        body = {"user_id": person, "text": "/mydata"}
        client.post(f"/sandbox/chats/{person}/text", json=body).raise_for_status()
    missing = set(people)
    while missing:
        if time.perf_counter() - start > TIMEOUT_S:
            raise TimeoutError(f"no data within {TIMEOUT_S:g} s for {len(missing)} people")
        time.sleep(0.5)
        missing -= {one for one in missing if _received(client, one) >= expected[one]}
    took, peak = time.perf_counter() - start, _memory_mb(pid, "VmHWM")
    size = len(people) * faces * CROP_BYTES / 1e6
    print(f"{len(people)} at once, {faces:,} faces each, {size:,.0f} MB: {before:.0f} MB before, "
          f"{peak:.0f} MB at most, {took:.0f} s")  # fmt: skip
    return peak - before


def _memory_mb(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"there is no {field}")


def _received(client: httpx.Client, person: int) -> int:
    """Return how many bytes a person has in files from the bot."""
    messages = client.get(f"/sandbox/chats/{person}/messages").raise_for_status().json()["messages"]
    return sum(message["document"]["file_size"] for message in messages if "document" in message)


if __name__ == "__main__":
    sys.exit(main())
