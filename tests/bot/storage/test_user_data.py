from itertools import count as count_from
from pathlib import Path

import pytest

from bot.errors import AnswerNotFoundError
from bot.storage import corrections, user_data
from bot.storage.answers import Label
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.user_data import UserCounts
from tests.support.stored_answers import ALEX, ANNA, BEN, NOW, answered, correct, judged

NOTHING = UserCounts(0, 0, 0, 0, 0, 0, 0)


@pytest.fixture
async def tapped(database: Database) -> Database:
    """Anna sent three pictures and judged three of four verdicts; Alex, an admin, the fourth."""
    pictures = [judged(0.9, 0.1, name="two"), judged(0.5, name="unsure"), judged(name="whole")]
    taps = map(str, count_from(1))
    for message, picture in enumerate(pictures):
        answer = await answered(database, picture, message=message)
        tap = Tap(next(taps), ANNA, False, answer.id, NOW)
        await correct(database, tap, 0, Label.HAPPY)
        if message == 0:
            admin = Tap(next(taps), ALEX, True, answer.id, NOW)
            await correct(database, admin, 1, Label.HAPPY)
    await answered(database, judged(0.8, name="two"), user=BEN)
    return database


async def test_a_user_is_counted(tapped: Database) -> None:
    # The verdict "not sure" is neither right nor wrong.
    assert await user_data.count(tapped, ANNA) == UserCounts(
        photos=3, faces=3, kept=3, corrections=3, labelled=4, sure=3, right=2
    )
    assert await user_data.count(tapped, 1) == NOTHING


async def test_all_that_is_held_is_handed_out(tapped: Database) -> None:
    held = await user_data.load(tapped, ANNA)
    assert held.first_seen_at == NOW
    assert [len(rows) for rows in (held.answers, held.photos, held.faces)] == [3, 3, 4]
    assert [face["crop"] for face in held.faces] == [
        b"crop 0 of two",
        b"crop 1 of two",
        b"crop 0 of unsure",
        None,
    ]
    assert [tap["id"] for tap in held.taps] == ["1", "3", "4"]
    assert [one["by_you"] for one in held.corrections] == [True, False, True, True]
    assert str(ALEX) not in str(held)
    assert str(BEN) not in str(held)


def as_stored(user: int) -> list[bytes]:
    """A user's id as text, and as SQLite writes a number of its size."""
    return [str(user).encode(), user.to_bytes(6, "big")]


def traces(folder: Path, *needles: bytes) -> list[bytes]:
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    return [needle for needle in needles if needle in everything]


async def test_an_erased_user_is_nowhere_in_the_files(tapped: Database, file: Path) -> None:
    annas = [*as_stored(ANNA), b"crop 1 of two", b"crop 0 of unsure"]
    assert len(traces(file.parent, *annas)) == 3  # all but the id as text, which is never stored
    erased = await user_data.erase(tapped, ANNA)
    await tapped.scrub()
    assert erased is not None
    assert (erased.photos, erased.corrections) == (3, 3)
    assert traces(file.parent, *annas) == []
    assert await user_data.count(tapped, ANNA) == NOTHING
    assert not await user_data.is_known(tapped, ANNA)
    assert (await user_data.load(tapped, ANNA)).first_seen_at is None


async def test_who_is_erased_twice_had_nothing_left(tapped: Database) -> None:
    assert await user_data.is_known(tapped, ANNA)
    await user_data.erase(tapped, ANNA)
    assert await user_data.erase(tapped, ANNA) is None


async def test_others_keep_what_is_theirs(tapped: Database, file: Path) -> None:
    await user_data.erase(tapped, ANNA)
    await tapped.scrub()
    assert (await user_data.count(tapped, BEN)).photos == 1
    assert traces(file.parent, as_stored(BEN)[1])


async def test_an_admin_who_is_erased_takes_their_corrections_along(tapped: Database) -> None:
    await user_data.erase(tapped, ALEX)
    assert (await user_data.count(tapped, ANNA)).labelled == 3


async def test_an_erased_answer_never_comes_to_mean_another(tapped: Database) -> None:
    await user_data.erase(tapped, BEN)
    await user_data.erase(tapped, ANNA)
    newer = await answered(tapped, judged(0.9, name="new"))
    with pytest.raises(AnswerNotFoundError):
        await corrections.load_tapped(tapped, Tap("50", ANNA, False, 1, NOW))
    assert newer.id > 4
