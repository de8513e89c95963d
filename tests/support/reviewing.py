"""Corrections to review, and what a review shows and decides."""

from dataclasses import replace

import numpy as np
from sqlalchemy import select

from bot.storage import accepted_labels
from bot.storage.database import Database
from bot.storage.schema import reviews
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import ALEX, BEN, FakeTelegram, Json
from tests.support.fake_user import FakeUser, command

ADMINS = frozenset({ALEX["id"], BEN["id"]})
SAD = "It's 😢 Sad"
CHOICE = ["✔ Accept", "✘ Reject", "Skip"]
ACCEPT, REJECT, SKIP = CHOICE
rng = np.random.default_rng(1)


async def corrected(anna: FakeUser, predictor: FakePredictor, *probabilities: float) -> None:
    """Let Anna send a face for each probability of happy, and label it sad."""
    for probability in probabilities:
        crop = rng.integers(0, 256, (96, 96, 3), np.uint8)  # a different face each time
        predictor.default = replace(verdict_with(probability), crops=(crop,))
        await anna.send(anna.photo())
        await anna.tap(SAD if probability > 0.5 else "It's 😊 Happy")


async def send_review_command(anna: FakeUser, text: str = "/review", user: Json = ALEX) -> None:
    await anna.send({**anna.message(**command(text)), "from": user})


def shown(telegram: FakeTelegram) -> list[str]:
    """Return the second line of each caption, or the text that was shown instead."""
    captions = []
    for name, call in telegram.calls:
        if name == "editMessageMedia":
            captions.append(call["media"]["caption"])
        elif name == "sendPhoto":
            captions.append(call["caption"])
    return [caption.splitlines()[0] for caption in captions]


async def decisions(database: Database) -> list[tuple[int, str]]:
    async with database.reading() as connection:
        found = await connection.execute(
            select(reviews.c.correction_id, reviews.c.decision).order_by(reviews.c.correction_id)
        )
        return [tuple(row) for row in found]


async def counting_corrections(database: Database) -> list[int]:
    return [one.correction_id for one in await accepted_labels.load(database, ADMINS)]
