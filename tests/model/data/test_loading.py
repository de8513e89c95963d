from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.data.folder_layout import read_layout
from model.data.image_folder import LabeledImage
from model.data.loading import CropReader, LoadedFaces, PhotoReader, load_faces
from model.errors import DatasetError
from model.faces.detector import FaceDetector
from model.network.preprocessing import Preprocessing, to_grey
from model.prediction.predictor import Predictor
from tests.support.drawn_faces import write_drawn_faces, write_photos
from tests.support.pictures import gradient
from tests.support.portraits import group_photo, jpeg_of, portrait

SETTINGS = Preprocessing()


def no_progress_bar(images: Sequence[LabeledImage]) -> Iterable[LabeledImage]:
    return images


def load(
    folder: Path, reader: CropReader | PhotoReader
) -> tuple[dict[str, LoadedFaces], dict[str, str]]:
    skipped: dict[str, str] = {}

    def on_skipped(file: Path, reason: str) -> None:
        skipped[file.name] = reason

    return load_faces(read_layout(folder), reader, SETTINGS, on_skipped, no_progress_bar), skipped


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """22 photos of each mood, one without a face and one that is broken."""
    folder = tmp_path_factory.mktemp("photos")
    write_photos(folder, 22, seed=3)
    return folder


def test_face_crops_are_loaded_by_label_at_the_networks_size(tmp_path: Path) -> None:
    write_drawn_faces(tmp_path / "set", {"happy": 20, "sad": 21, "angry": 3})
    parts, skipped = load(tmp_path / "set", CropReader(SETTINGS))
    faces = parts["train"].faces
    assert faces.greys.shape == (44, 48, 48)
    assert faces.labels.tolist() == [0] * 21 + [1] * 20 + [2] * 3
    assert skipped == {}


def test_unreadable_photos_and_photos_without_a_face_are_skipped(
    photos: Path, tmp_path: Path
) -> None:
    parts, skipped = load(photos, PhotoReader(SETTINGS, tmp_path / "faces.npz"))
    assert skipped["hills.jpg"] == "no face found"
    assert "damaged" in skipped["broken.jpg"]
    one = parts["train"]
    assert len(one.faces) == len(one.photos) == 46 - len(skipped)
    assert sum(one.skipped.values()) == len(skipped)


def test_a_face_is_cut_out_as_the_bot_does(tmp_path: Path) -> None:
    file = tmp_path / "portrait.jpg"
    file.write_bytes(jpeg_of(portrait()))
    grey, _ = PhotoReader(SETTINGS, tmp_path / "faces.npz").read(file)
    prediction = Predictor().predict(file.read_bytes()).crops[0]
    np.testing.assert_array_equal(grey, to_grey(prediction, SETTINGS))


def test_only_the_largest_of_several_faces_is_used(tmp_path: Path) -> None:
    file = tmp_path / "group.jpg"
    file.write_bytes(jpeg_of(group_photo()))
    grey, _ = PhotoReader(SETTINGS, tmp_path / "faces.npz").read(file)
    prediction = Predictor().predict(file.read_bytes())
    widths = [face.box.right - face.box.left for face in prediction.faces]
    assert widths[0] == max(widths)
    np.testing.assert_array_equal(grey, to_grey(prediction.crops[0], SETTINGS))


def test_a_second_run_uses_the_cache(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "out" / "faces.npz"
    first, _ = load(photos, PhotoReader(SETTINGS, cache))

    def detect(*_: object) -> None:
        raise AssertionError("searched a photo that is in the cache")

    monkeypatch.setattr(FaceDetector, "detect", detect)
    second, skipped = load(photos, PhotoReader(SETTINGS, cache))
    np.testing.assert_array_equal(first["train"].faces.greys, second["train"].faces.greys)
    for one, other in zip(first["train"].photos, second["train"].photos, strict=True):
        np.testing.assert_array_equal(one.bits, other.bits)
    assert skipped["hills.jpg"] == "no face found"


def test_changed_photos_and_damaged_caches_are_not_used(tmp_path: Path) -> None:
    file, cache = tmp_path / "one.jpg", tmp_path / "faces.npz"
    portrait().save(file)
    reader = PhotoReader(SETTINGS, cache)
    assert reader.read(file)[0] is not None
    reader.close()
    Image.new("RGB", (300, 200)).save(file)
    assert PhotoReader(SETTINGS, cache).read(file)[0] is None
    cache.write_bytes(cache.read_bytes()[:100])
    assert PhotoReader(SETTINGS, cache).read(file)[0] is None


def test_faces_with_other_preprocessing_are_not_used(tmp_path: Path) -> None:
    file, cache = tmp_path / "one.jpg", tmp_path / "faces.npz"
    portrait().save(file)
    for settings in (SETTINGS, Preprocessing(margin=1.5)):
        reader = PhotoReader(settings, cache)
        tight = reader.read(file)[0]
        reader.close()
    assert tight is not None
    loose = PhotoReader(SETTINGS, tmp_path / "other.npz").read(file)[0]
    assert loose is not None
    assert (tight != loose).any()


def test_too_few_faces_are_an_error_that_counts_them(tmp_path: Path) -> None:
    for mood in ("happy", "sad"):
        (tmp_path / mood).mkdir()
        for index in range(20):
            gradient().save(tmp_path / mood / f"{index:02}.jpg")
    with pytest.raises(DatasetError, match=r"a face was found for train; there are 0\. .*--crops"):
        load(tmp_path, PhotoReader(SETTINGS, tmp_path / "out" / "faces.npz"))
