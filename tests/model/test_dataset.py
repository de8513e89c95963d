from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.dataset import load_crops, split_off
from model.errors import DatasetError
from model.preprocess import Preprocessing

SETTINGS = Preprocessing()


def crops(folder: Path, label: str, count: int, suffix: str = ".png") -> None:
    (folder / label).mkdir(parents=True)
    for index in range(count):
        Image.new("RGB", (60, 60), (index * 10, 0, 0)).save(folder / label / f"{index}{suffix}")


def test_faces_come_label_by_label_in_order_of_name(tmp_path: Path) -> None:
    crops(tmp_path, "sad", 2)
    crops(tmp_path, "happy", 3, ".jpg")
    (tmp_path / "happy" / "notes.txt").write_text("not a picture")
    faces = load_crops(tmp_path, ["sad", "happy"], SETTINGS)
    assert faces.greys.shape == (5, 48, 48)
    assert faces.labels.tolist() == [0, 0, 1, 1, 1]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    crops(tmp_path, "sad", 1)
    with pytest.raises(DatasetError, match=r"Expected a folder of pictures at .*happy"):
        load_crops(tmp_path, ["sad", "happy"], SETTINGS)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    crops(tmp_path, "sad", 0)
    with pytest.raises(DatasetError, match=r"Expected pictures in .*sad"):
        load_crops(tmp_path, ["sad"], SETTINGS)


def test_an_unreadable_picture_is_named(tmp_path: Path) -> None:
    crops(tmp_path, "sad", 1)
    (tmp_path / "sad" / "broken.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    with pytest.raises(DatasetError, match=r"broken\.jpg"):
        load_crops(tmp_path, ["sad"], SETTINGS)


def test_a_share_of_each_label_is_chosen_the_same_way_each_time() -> None:
    labels = np.array([0] * 100 + [1] * 20)
    chosen = split_off(labels, 0.1, seed=1)
    assert chosen[:100].sum() == 10
    assert chosen[100:].sum() == 2
    np.testing.assert_array_equal(chosen, split_off(labels, 0.1, seed=1))
    assert (chosen != split_off(labels, 0.1, seed=2)).any()
