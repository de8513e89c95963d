"""What simulated people do: they send photos, albums and texts, and tap on what they get."""

import asyncio
import random
import time
from collections.abc import Coroutine
from typing import Any

from scripts.reliability.ledger import Json, Sent
from scripts.reliability.pictures import Pictures, jpeg
from scripts.reliability.sandbox_crowd import buttons
from scripts.reliability.trial import Trial

TEXTS = ("hello", "/start", "/help", "what do you think?", "/mystats", "/privacy")
PHOTO, ALBUM = 0.75, 0.1  # shares of the messages; the others are texts
MAX_ALBUM = 4
PHOTOS_A_MESSAGE = PHOTO + ALBUM * (2 + MAX_ALBUM) / 2
TAP_AFTER_S = (0.5, 4.0)


class People:
    """The people of a trial.

    Args:
        trial: where they act.
        seed: of everything that they do.
    """

    def __init__(self, trial: Trial, seed: int) -> None:
        self.rng = random.Random(seed)
        self.crowd, self.ledger = trial.crowd, trial.ledger
        self._pictures = Pictures(seed)
        self._acting: set[asyncio.Task[Any]] = set()

    def begin(self, action: Coroutine[Any, Any, Any]) -> None:
        """Let somebody do something; see `finish`."""
        task = asyncio.create_task(action)
        self._acting.add(task)

    async def finish(self) -> None:
        """Wait until everybody has done what was begun.

        Raises:
            Exception: the sandbox did not accept something.
        """
        while self._acting:
            await asyncio.gather(*self._acting)
            self._acting = {task for task in self._acting if not task.done()}

    async def send_anything(self, user: int) -> Sent:
        """Send a photo, less often an album or a text."""
        chance = self.rng.random()
        if chance < PHOTO:
            return await self.send_photos(user, 1)
        if chance < PHOTO + ALBUM:
            return await self.send_photos(user, self.rng.randint(2, MAX_ALBUM))
        return await self.send_text(user)

    async def send_photos(self, user: int, count: int) -> Sent:
        """Send photos, several as an album."""
        pictures = [self._pictures.next() for _ in range(count)]
        files = [await asyncio.to_thread(jpeg, picture) for picture in pictures]
        return await self.send_files(user, files)

    async def send_files(self, user: int, files: list[bytes], kind: str = "photo") -> Sent:
        """Send these files; see `Crowd.send_files`."""
        messages = await self.crowd.send_files(user, files, kind)
        noted = [self.ledger.note_message(message) for message in messages]
        return noted[0]

    async def send_text(self, user: int) -> Sent:
        text = self.rng.choice(TEXTS)
        return self.ledger.note_message(await self.crowd.send_text(user, text))

    async def tap(self, user: int, message: Json, data: str) -> Sent:
        """Tap on a button of a message."""
        at = time.monotonic()
        query_id = await self.crowd.press(user, message, data)
        return self.ledger.note_tap(query_id, user, at, data)

    def tap_on_answers(self, share: float) -> None:
        """From now on, tap on a button of this share (0 to 1) of the answers to photos."""

        def may_tap(sent: Sent, message: Json) -> None:
            choice = buttons(message) if sent.photos else []
            if choice and self.rng.random() < share:
                data = self.rng.choice(choice)["callback_data"]
                self.begin(self._tap_later(sent.user, message, data))

        self.ledger.on_answer = may_tap

    async def _tap_later(self, user: int, message: Json, data: str) -> None:
        await asyncio.sleep(self.rng.uniform(*TAP_AFTER_S))
        await self.tap(user, message, data)
