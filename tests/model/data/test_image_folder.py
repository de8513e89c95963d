from pathlib import Path

import pytest

from model.data.cleaning import list_images
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


def test_pictures_behind_links_count_once(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "1.jpg")
    write(tmp_path / "set" / "sad" / "2.jpg")
    (tmp_path / "set" / "happy").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "sad" / "3.jpg").symlink_to(tmp_path / "elsewhere" / "1.jpg")
    (tmp_path / "set" / "sad" / "album").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "around").symlink_to(tmp_path / "elsewhere")  # never ends
    found = [str(one.file.relative_to(tmp_path)) for one in list_labeled_images(tmp_path / "set")]
    assert found == ["set/happy/1.jpg", "set/sad/2.jpg", "set/sad/3.jpg", "set/sad/album/1.jpg"]
    assert [str(path) for path in list_images(tmp_path / "set" / "sad")] == [
        "2.jpg", "3.jpg", "album/1.jpg",
    ]  # fmt: skip


def test_capitals_in_the_names_of_labels_do_not_matter(tmp_path: Path) -> None:
    for name in ("Happy/1.jpg", "SAD/2.jpg", "sad/3.jpg", "Neutral/4.jpg"):
        write(tmp_path / name)
    found = [(one.label, one.file.name) for one in list_labeled_images(tmp_path)]
    assert found == [
        ("happy", "1.jpg"), ("sad", "2.jpg"), ("sad", "3.jpg"), ("neutral", "4.jpg"),
    ]  # fmt: skip
