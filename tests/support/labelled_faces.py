"""People who correct faces."""

from collections.abc import Sequence
from itertools import count

import numpy as np

from bot.storage.answers import Answer, Label
from bot.storage.corrections import Tap
from bot.storage.database import Database
from model.faces.crops import encode_png
from tests.support.stored_answers import ALEX, NOW, answered, correct, judged

_ids = count(1)


def face(number: int) -> bytes:
    """A crop like no other, as a PNG."""
    return encode_png(np.random.default_rng(number).integers(0, 256, (96, 96, 3), np.uint8))


async def sent(database: Database, crop: bytes, user: int) -> Answer:
    """A photo with one face is sent; the answer to it."""
    picture = judged(0.9, name=f"photo {next(_ids)}", crops=[crop])
    return await answered(database, picture, user=user, message=next(_ids))


async def say(
    database: Database, answer: Answer, label: Label | None, user: int, now: int = NOW
) -> None:
    """Somebody taps on a button of an answer about one face."""
    tap = Tap(str(next(_ids)), user, user == ALEX, answer.id, now)
    await correct(database, tap, 0, label)


async def label_faces(
    database: Database, faces: Sequence[int], user: int = ALEX, label: Label | None = None
) -> None:
    """A user sends faces and says what they are; by default every other one is sad."""
    for number in faces:
        said = label or (Label.SAD if number % 2 else Label.HAPPY)
        await say(database, await sent(database, face(number), user), said, user)
