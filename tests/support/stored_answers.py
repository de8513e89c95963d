"""Answers about photos, stored like the bot stores them."""

from collections.abc import Sequence
from pathlib import Path

from bot.storage import answers, corrections
from bot.storage.answers import Answer, Question
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.photos import NewPhoto
from tests.support.fake_model import verdict_with

ANNA, BEN, ALEX = 7123456789, 7123456790, 7123456791
NOW = 1_800_000_000
WEEK_S = 7 * 24 * 3600


def address(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def new_photo(
    *faces: float,
    name: str = "picture",
    position: int = 0,
    version: str = "fake",
    crops: Sequence[bytes] | None = None,
    neither: Sequence[float] = (),
) -> NewPhoto:
    """Return a photo with these probabilities of happy; without any, it has no faces."""
    verdict = verdict_with(whole=0.9)
    if faces:
        verdict = verdict_with(*faces, version=version, neither=neither)
    default_crops = [f"crop {number} of {name}".encode() for number in range(len(faces))]
    return NewPhoto(position, name, verdict, tuple(crops or default_crops))


async def store_answer(
    database: Database, *photos: NewPhoto, user: int = ANNA, message: int = 1, now: int = NOW
) -> Answer:
    """Store an answer about these photos."""
    question = Question(user, user, message, now)
    return await answers.record(database, question, photos or [new_photo(0.97)], now, WEEK_S)


async def correct(
    database: Database,
    tap: Tap,
    face_index: int,
    label: Label | None,
    max_per_day: int | None = None,
) -> Answer:
    """Store this label for a face; returns the answer as it stands afterwards."""
    answer, _ = await corrections.correct(database, tap, lambda _: {face_index: label}, max_per_day)
    return answer
