from pathlib import Path

import pytest

from model.data.image_folder import list_labeled_images
from model.errors import DatasetError


def write(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"any content")


def test_happy_and_sad_come_first_and_hidden_files_are_ignored(tmp_path: Path) -> None:
    for name in (
        "angry/1.jpg", "sad/2.jpg", "happy/3.jpg", "happy/holiday/4.png", "happy/.DS_Store",
        "sad/.thumbnails/5.jpg", "_removed/tiny/6.jpg", ".git/7.jpg", "notes.txt",
    ):  # fmt: skip
        write(tmp_path / name)
    found = [
        (one.label, str(one.file.relative_to(tmp_path))) for one in list_labeled_images(tmp_path)
    ]
    assert found == [
        ("happy", "happy/3.jpg"),
        ("happy", "happy/holiday/4.png"),
        ("sad", "sad/2.jpg"),
        ("angry", "angry/1.jpg"),
    ]


def test_a_missing_or_empty_mood_is_named(tmp_path: Path) -> None:
    write(tmp_path / "happy" / "1.jpg")
    with pytest.raises(DatasetError, match=r"Expected a folder .*sad with sad pictures"):
        list_labeled_images(tmp_path)
    (tmp_path / "sad").mkdir()
    with pytest.raises(DatasetError, match=r"Expected pictures in .*sad; it is empty"):
        list_labeled_images(tmp_path)
