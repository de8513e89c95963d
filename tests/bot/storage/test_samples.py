import pytest

from bot.storage import runs, user_data
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.runs import SampleCounts, State
from bot.storage.samples import NewSamples, Sample, count_new_samples, find_samples
from bot.storage.schema import run_lessons
from tests.support.labelled_faces import face_png, give_label, label_faces, send_face
from tests.support.stored_answers import ALEX, ANNA, BEN, NOW
from tests.support.user_records import records_of

HAPPY, SAD = Label.HAPPY, Label.SAD
CARLA = 7123456792
TRUSTED = {ALEX, BEN, CARLA}


async def labels(database: Database, trusted: set[int] = TRUSTED) -> list[Label]:
    return [sample.label for sample in await find_samples(database, trusted)]


async def learn(database: Database, state: State = State.KEPT) -> list[Sample]:
    """Retrain on everything; return what was learned."""
    samples = await find_samples(database, TRUSTED)
    ids = [one for sample in samples for one in sample.corrections]
    counts = SampleCounts(len(samples), happy=0, sad=0, users=1, held_out=0, corrections=ids)
    run = await runs.begin(database, counts, mode="head", parent="first", by=None, now=NOW)
    await runs.finish(database, run, state, NOW)
    return samples


async def news(database: Database) -> tuple[int, int]:
    found = await count_new_samples(database, TRUSTED)
    return found.new, found.total


async def test_equal_pictures_are_one_sample(database: Database) -> None:
    for user in (ALEX, BEN, ALEX):
        await give_label(database, await send_face(database, face_png(1), user), SAD, user)
    (sample,) = await find_samples(database, TRUSTED)
    assert (sample.label, sample.user_id) == (SAD, BEN)  # of Alex only the newest word counts
    assert len(sample.corrections) == 2


async def test_the_majority_of_the_trusted_users_decides(database: Database) -> None:
    for user, label in ((ALEX, SAD), (BEN, HAPPY), (CARLA, SAD)):
        await give_label(database, await send_face(database, face_png(1), user), label, user)
    assert await labels(database) == [SAD]


async def test_a_tie_gives_no_sample(database: Database) -> None:
    for user, label in ((ALEX, SAD), (BEN, HAPPY)):
        await give_label(database, await send_face(database, face_png(1), user), label, user)
    assert await labels(database) == []


async def test_not_a_face_and_withdrawn_labels_give_no_sample(database: Database) -> None:
    await label_faces(database, [1], label=Label.NOT_A_FACE)
    answer = await send_face(database, face_png(2), ALEX)
    await give_label(database, answer, SAD, ALEX)
    assert await labels(database) == [SAD]
    await give_label(database, answer, None, ALEX)
    assert await labels(database) == []


async def test_a_single_untrusted_user_gives_no_sample(database: Database) -> None:
    await label_faces(database, [1], user=ANNA, label=SAD)
    assert await labels(database, {ALEX}) == []
    assert await labels(database, {ALEX, ANNA}) == [SAD]


async def test_samples_are_new_until_a_retraining_with_a_result_used_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.runs._MAX_ROWS", 2)
    await label_faces(database, range(3))
    assert await news(database) == (3, 3)
    await learn(database, State.FAILED)
    assert await news(database) == (3, 3)
    await learn(database)
    assert await news(database) == (0, 3)
    await label_faces(database, [3], user=BEN, label=SAD)
    assert await count_new_samples(database, TRUSTED) == NewSamples(
        4, 1, happy=0, sad=1, by_user={BEN: 1}, newest_correction=4
    )
    await learn(database, State.STOPPED)
    assert await news(database) == (1, 4)
    await learn(database, State.PROMOTED)
    assert await news(database) == (0, 4)


async def test_after_a_rollback_the_samples_of_that_version_are_not_new(
    database: Database,
) -> None:
    await label_faces(database, range(3))
    await learn(database, State.PROMOTED)
    await runs.note(database, State.ROLLED_BACK, "old", before="new", by=ALEX, now=NOW)
    assert await news(database) == (0, 3)
    await label_faces(database, [3])
    assert await news(database) == (1, 4)
    assert len(await find_samples(database, TRUSTED)) == 4  # the next one learns them with the rest


async def test_a_changed_label_is_new_and_one_more_vote_is_not(database: Database) -> None:
    answer = await send_face(database, face_png(1), ALEX)
    await give_label(database, answer, SAD, ALEX)
    await learn(database)
    await give_label(database, await send_face(database, face_png(1), BEN), SAD, BEN)
    assert await news(database) == (0, 1)
    for user in (ALEX, BEN):
        await give_label(database, await send_face(database, face_png(1), user), HAPPY, user)
    assert await news(database) == (1, 1)


async def test_the_labels_of_a_user_trusted_later_are_new(database: Database) -> None:
    await label_faces(database, [1], user=ANNA)
    await label_faces(database, [2])
    await learn(database)
    assert await news(database) == (0, 1)
    assert (await count_new_samples(database, {*TRUSTED, ANNA})).new == 1


async def test_only_the_samples_of_the_last_result_are_stored(database: Database) -> None:
    await label_faces(database, range(3))
    await learn(database)
    await learn(database)
    async with database.reading() as connection:
        rows = (await connection.execute(run_lessons.select())).all()
    assert {row.run_id for row in rows} == {2}
    assert len(rows) == 3


async def test_the_samples_of_an_erased_user_are_gone(database: Database) -> None:
    await label_faces(database, [1, 2], user=BEN)
    await label_faces(database, [3])
    await learn(database)
    assert len((await records_of(database, BEN))["lessons"]) == 2
    await user_data.erase(database, BEN)
    samples = await find_samples(database, TRUSTED)
    assert [sample.user_id for sample in samples] == [ALEX]
    async with database.reading() as connection:
        assert len((await connection.execute(run_lessons.select())).all()) == 1
