"""Updates for the inbox, and handlers that do what a test says."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.inbox.inbox import Inbox
from bot.inbox.item import Album, Payload, Refused, SetAside, Unreadable, update_of
from tests.support.fake_telegram import Json

UNPARSABLE = {"forward_origin": {"type": "hidden_user", "date": 1422450181}}


def message(number: int, user: int = 1, chat: int | None = None, **content: object) -> Json:
    chat_id = chat or user
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 0,
            "chat": {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup"},
            "from": {"id": user, "is_bot": False, "first_name": "Anna"},
            "text": "a secret",
            **content,
        },
    }


def tap(number: int, user: int = 1) -> Json:
    person = {"id": user, "is_bot": False, "first_name": "Anna"}
    query = {"id": str(number), "from": person, "chat_instance": "", "data": "?"}
    return {"update_id": number, "callback_query": query}


def part(number: int, group: str = "a", user: int = 1) -> Json:
    return message(number, user, media_group_id=group)


class Handlers:
    """Handlers that note what they are given, and wait while the gate is closed."""

    def __init__(self) -> None:
        self.begun: list[object] = []  # update ids; for an album, a tuple; for others, the payload
        self.gate = asyncio.Event()
        self.gate.set()
        self.has_begun = asyncio.Event()

    async def handle(self, payload: Payload) -> None:
        update = update_of(payload)
        if isinstance(payload, Album):
            self.begun.append(tuple(one.update_id for one in payload.updates))
        elif isinstance(payload, Refused | SetAside | Unreadable) or update is None:
            self.begun.append(payload)
        else:
            self.begun.append(update.update_id)
        self.has_begun.set()
        await self.gate.wait()


NewInbox = Callable[..., Inbox]


def stored(file: Path) -> list[tuple[int, str, str | None]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(
            "SELECT update_id, state, content FROM inbox ORDER BY id"
        ).fetchall()


async def begin() -> None:
    """Let everything begin that can."""
    for _ in range(5):
        await asyncio.sleep(0)
