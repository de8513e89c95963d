"""Faces that users send and label."""

from collections.abc import Sequence
from itertools import count

import numpy as np

from bot.storage.answers import Answer
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.labels import Label
from model.faces.crops import encode_png
from tests.support.stored_answers import ALEX, NOW, correct, new_photo, store_answer

_ids = count(1)


def face_png(number: int) -> bytes:
    """Return a crop that differs for every number, as a PNG."""
    return encode_png(np.random.default_rng(number).integers(0, 256, (96, 96, 3), np.uint8))


async def send_face(database: Database, crop: bytes, user: int) -> Answer:
    """Store a photo with one face; returns the answer."""
    picture = new_photo(0.9, name=f"photo {next(_ids)}", crops=[crop])
    return await store_answer(database, picture, user=user, message=next(_ids))


async def give_label(
    database: Database, answer: Answer, label: Label | None, user: int, now: int = NOW
) -> None:
    """Store a label, or its withdrawal, for the only face of an answer."""
    tap = Tap(str(next(_ids)), user, user == ALEX, answer.key, now)
    await correct(database, tap, 0, label)


async def label_faces(
    database: Database, faces: Sequence[int], user: int = ALEX, label: Label | None = None
) -> None:
    """Store faces with labels of a user; by default, every other one is sad."""
    for number in faces:
        said = label or (Label.SAD if number % 2 else Label.HAPPY)
        await give_label(database, await send_face(database, face_png(number), user), said, user)
