from io import BytesIO
from itertools import count as count_from
from pathlib import Path
from tempfile import gettempdir
from zipfile import ZipFile

import numpy as np
import pytest

from bot.services.dataset_export import export_faces
from bot.storage import samples, user_data
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.photos import NewPhoto
from bot.storage.samples import Sample, find_samples
from model.data.folder_layout import read_layout
from model.data.loading import CropReader, load_faces
from model.faces.crops import encode_png
from model.network.manifest import SHIPPED, read_manifest
from model.network.verdict import Verdict
from tests.support.fake_model import verdict_with
from tests.support.labelled_faces import face_png, give_label, send_face
from tests.support.stored_answers import ALEX, ANNA, BEN, NOW, correct, store_answer
from tests.support.zip_parts import entries, read_parts

CARLA = 7123456792
TRUSTED = {ALEX, BEN, CARLA}
_taps = map(str, count_from(1))
_rng = np.random.default_rng(1)


async def store_labelled_face(database: Database, *labels: Label | None, user: int = ALEX) -> int:
    """Store a photo of Anna with one face and these labels; returns the face's id."""
    name = next(_taps)
    crop = encode_png(_rng.integers(0, 256, (96, 96, 3), np.uint8))
    answer = await store_answer(database, NewPhoto(0, name, verdict_with(0.9), (crop,)))
    for label in labels:
        tap = Tap(next(_taps), user, user == ALEX, answer.key, NOW)
        await correct(database, tap, 0, label)
    return answer.faces[0].id


async def export_all(database: Database, max_bytes: int = 10**6) -> list[bytes]:
    return await read_parts(export_faces(database, TRUSTED, Path(gettempdir()), max_bytes))


async def test_faces_are_in_folders_by_label(database: Database) -> None:
    happy = await store_labelled_face(database, Label.HAPPY)
    sad = await store_labelled_face(database, Label.HAPPY, Label.SAD)
    (part,) = await export_all(database)
    assert sorted(entries(part)) == sorted([f"happy/{happy}.png", f"sad/{sad}.png"])


async def test_only_labels_that_count_are_exported(database: Database) -> None:
    await store_labelled_face(database)
    await store_labelled_face(database, Label.HAPPY, None)
    await store_labelled_face(database, Label.NOT_A_FACE)
    await store_labelled_face(database, Label.HAPPY, user=ANNA)
    assert await export_all(database) == []


async def test_equal_faces_are_exported_once_with_the_majority_label(database: Database) -> None:
    for user, label in ((ALEX, Label.SAD), (BEN, Label.HAPPY), (CARLA, Label.SAD)):
        await give_label(database, await send_face(database, face_png(1), user), label, user)
    (part,) = await export_all(database)
    assert list(entries(part)) == ["sad/1.png"]


async def test_equal_faces_without_a_majority_are_left_out(database: Database) -> None:
    for user, label in ((ALEX, Label.SAD), (BEN, Label.HAPPY)):
        await give_label(database, await send_face(database, face_png(1), user), label, user)
    assert await export_all(database) == []


async def test_a_face_that_got_the_id_of_an_erased_one_is_not_exported(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store_labelled_face(database, Label.SAD)
    found = await find_samples(database, TRUSTED)
    await user_data.erase(database, ANNA)
    await store_labelled_face(database)

    async def found_before(*_: object) -> list[Sample]:
        return found

    monkeypatch.setattr(samples, "find_samples", found_before)
    assert await export_all(database) == []


async def test_files_are_no_larger_than_telegram_accepts(database: Database) -> None:
    faces = [await store_labelled_face(database, Label.SAD) for _ in range(5)]
    parts = await export_all(database, max_bytes=60_000)
    assert [len(entries(part)) for part in parts] == [2, 2, 1]
    assert [name for part in parts for name in entries(part)] == [
        f"sad/{face}.png" for face in faces
    ]
    assert max(len(part) for part in parts) < 60_000


async def test_training_accepts_the_unpacked_files(database: Database, tmp_path: Path) -> None:
    for label in [Label.HAPPY, Label.SAD] * 20:
        await store_labelled_face(database, label)
    for part in await export_all(database, max_bytes=300_000):
        with ZipFile(BytesIO(part)) as archive:
            archive.extractall(tmp_path / "faces")
    settings = read_manifest(SHIPPED).preprocessing
    layout = read_layout(tmp_path / "faces")

    def skipped(file: Path, reason: str) -> None:
        pytest.fail(f"{file}: {reason}")

    loaded = load_faces(layout, CropReader(settings), settings, skipped, list)["train"]
    assert layout.names == (Verdict.SAD, Verdict.HAPPY)
    assert np.bincount(loaded.faces.labels).tolist() == [20, 20]
    assert loaded.skipped == {}
