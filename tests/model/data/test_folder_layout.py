from pathlib import Path

import pytest

from model.data.folder_layout import read_layout
from model.errors import DatasetError


def create_files(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    for index in range(count):
        (folder / f"{index:02}.jpg").touch()


def counts(folder: Path) -> dict[str, int]:
    return {part: len(pictures) for part, pictures in read_layout(folder).parts.items()}


def test_one_folder_for_each_label(tmp_path: Path) -> None:
    for label in ("happy", "sad", "neutral"):
        create_files(tmp_path / label, 20)
    layout = read_layout(tmp_path)
    assert layout.names == ("sad", "happy", "neutral")
    assert [one.label for one in layout.parts["train"]] == (
        ["sad"] * 20 + ["happy"] * 20 + ["neutral"] * 20
    )
    assert list(layout.parts) == ["train"]


def test_capitals_in_the_names_of_labels_do_not_matter(tmp_path: Path) -> None:
    for label in ("happy", "Sad", "Neutral"):
        create_files(tmp_path / label, 20)
    layout = read_layout(tmp_path)
    assert layout.names == ("sad", "happy", "neutral")
    assert len(layout.parts["train"]) == 60


@pytest.mark.parametrize("validation", ["validation", "val"])
def test_train_validation_and_test_folders(tmp_path: Path, validation: str) -> None:
    for label in ("happy", "sad"):
        create_files(tmp_path / "train" / label, 20)
        create_files(tmp_path / validation / label, 6)
        create_files(tmp_path / "test" / label, 5)
    assert counts(tmp_path) == {"train": 40, "validation": 12, "test": 10}


def test_train_and_test_without_validation(tmp_path: Path) -> None:
    for label in ("happy", "sad"):
        create_files(tmp_path / "train" / label, 20)
        create_files(tmp_path / "test" / label, 5)
    assert counts(tmp_path) == {"train": 40, "test": 10}


def test_excluded_folders_are_no_labels_and_other_files_no_pictures(tmp_path: Path) -> None:
    for label in ("happy", "sad", "_removed", ".cache"):
        create_files(tmp_path / label, 20)
    create_files(tmp_path / "happy" / "_later", 3)
    (tmp_path / "happy" / "notes.txt").write_text("not a picture")
    layout = read_layout(tmp_path)
    assert layout.names == ("sad", "happy")
    assert len(layout.parts["train"]) == 40


def test_pictures_in_subfolders_of_a_label_count(tmp_path: Path) -> None:
    create_files(tmp_path / "happy" / "holiday", 20)
    create_files(tmp_path / "sad", 20)
    assert counts(tmp_path) == {"train": 40}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"Expected a folder of pictures at .*nowhere"):
        read_layout(tmp_path / "nowhere")


def test_an_unknown_layout_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    create_files(tmp_path / "joy", 20)
    with pytest.raises(DatasetError, match=r"hold happy/ and sad/.* it holds joy\. Sort"):
        read_layout(tmp_path)


def test_a_missing_mood_is_named(tmp_path: Path) -> None:
    create_files(tmp_path / "happy", 20)
    with pytest.raises(DatasetError, match=r"at least 20 sad pictures .*; there are 0\. Add sad"):
        read_layout(tmp_path)


def test_too_few_pictures_are_an_error_with_their_number(tmp_path: Path) -> None:
    create_files(tmp_path / "happy", 19)
    create_files(tmp_path / "sad", 30)
    with pytest.raises(DatasetError, match=r"at least 20 happy pictures .*; there are 19"):
        read_layout(tmp_path)


def test_a_validation_folder_without_a_mood_is_named(tmp_path: Path) -> None:
    for label in ("happy", "sad"):
        create_files(tmp_path / "train" / label, 20)
    create_files(tmp_path / "val" / "happy", 10)
    with pytest.raises(DatasetError, match=r"at least 5 sad .*val for validation; there are 0"):
        read_layout(tmp_path)
