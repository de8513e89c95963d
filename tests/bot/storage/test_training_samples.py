import numpy as np
import pytest
from sqlalchemy import update

from bot.storage import user_data
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.samples import find_samples
from bot.storage.schema import faces
from bot.storage.training_samples import count_samples, load
from model.network.preprocessing import Preprocessing
from model.retraining.samples import is_held_out
from tests.support.labelled_faces import face_png, give_label, label_faces, send_face
from tests.support.stored_answers import ALEX, ANNA

TRUSTED = {ALEX}


async def test_pictures_are_loaded_as_the_model_sees_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.accepted_labels._BATCH_SIZE", 2)
    await label_faces(database, range(6))
    samples = await find_samples(database, TRUSTED)
    loaded = await load(database, samples, Preprocessing())
    assert loaded.crops.shape == (6, 48, 48)
    assert loaded.crops.dtype == np.uint8
    assert loaded.labels.tolist() == [1, 0, 1, 0, 1, 0]
    assert loaded.digests == tuple(sample.digest for sample in samples)
    assert str(ALEX) not in str(loaded.users)
    assert len(set(loaded.users)) == 1


async def test_a_picture_that_is_damaged_gone_or_of_another_face_is_left_out(
    database: Database,
) -> None:
    damaged = await send_face(database, b"\x89PNG and no more", ALEX)
    await give_label(database, damaged, Label.SAD, ALEX)
    await label_faces(database, range(3))
    samples = await find_samples(database, TRUSTED)
    async with database.writing() as connection:
        for sample, crop in ((samples[1], None), (samples[2], face_png(9))):
            change = update(faces).where(faces.c.id == sample.face_id).values(crop=crop)
            await connection.execute(change)
    loaded = await load(database, samples, Preprocessing())
    assert loaded.digests == (samples[3].digest,)
    assert loaded.crops.shape == (1, 48, 48)


async def test_a_sample_with_the_label_of_an_erased_user_is_left_out(
    database: Database,
) -> None:
    for number, says in ((1, ANNA), (2, ALEX)):
        answer = await send_face(database, face_png(number), ANNA)
        await give_label(database, answer, Label.SAD, says)
    samples = await find_samples(database, {ALEX, ANNA})
    await user_data.erase(database, ALEX)
    loaded = await load(database, samples, Preprocessing())
    assert loaded.digests == (samples[0].digest,)


async def test_samples_are_counted(database: Database) -> None:
    await label_faces(database, range(5))
    samples = await find_samples(database, TRUSTED)
    counts = count_samples(samples)
    assert (counts.samples, counts.happy, counts.sad, counts.users) == (5, 3, 2, 1)
    assert counts.held_out == sum(is_held_out(sample.digest) for sample in samples)
