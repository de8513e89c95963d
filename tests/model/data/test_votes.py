from pathlib import Path

import pytest

from model.data.folder_layout import read_layout
from model.data.image_folder import list_labeled_images
from model.data.votes import EXPRESSIONS
from model.errors import DatasetError

HEADING = "file,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,old_label\n"


def write_pictures(folder: Path, count: int = 20) -> None:
    for label in ("happy", "sad"):
        (folder / label).mkdir(parents=True)
        for index in range(count):
            (folder / label / f"{index:02}.jpg").touch()


def seen(votes: tuple[float, ...] | None) -> dict[str, float]:
    assert votes is not None
    return {name: count for name, count in zip(EXPRESSIONS, votes, strict=True) if count}


def test_the_votes_of_each_picture_are_read_where_its_part_lies(tmp_path: Path) -> None:
    write_pictures(tmp_path / "train")
    write_pictures(tmp_path / "validation", 5)
    (tmp_path / "votes.csv").write_text(
        HEADING
        + "train/happy/00.jpg,2,7,0,0,0,0,0,0,1,Happy\n"
        + "validation/sad/01.jpg,0,0,0,2,1,0,0,0,0,Angry\n"
    )
    parts = read_layout(tmp_path).parts
    happy, sad = (parts["train"][20], parts["validation"][1])
    assert seen(happy.votes) == {"happy": 7, "neutral": 2}
    assert seen(sad.votes) == {"sad": 2, "angry": 1}
    assert parts["train"][0].votes is None  # nobody voted
    # The same file counts for a part by itself.
    found = {one.file.name: one for one in list_labeled_images(tmp_path / "validation")[5:]}
    assert found["01.jpg"].votes == sad.votes


def test_two_columns_of_votes_are_enough(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "votes.csv").write_text("file,happy,sad\nhappy/03.jpg,2,1\n")
    images = {one.file.name: one for one in list_labeled_images(tmp_path) if one.label == "happy"}
    assert seen(images["03.jpg"].votes) == {"happy": 2, "sad": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("picture,happy,sad\n", r"names the columns, among them file.*it names picture, happy"),
        ("file,happy\n", r"happy \(or happiness\) and sad"),
        ("", r"it names none"),
        ("file,happy,sad\na.jpg,1,2\nb.jpg,1\n", r"line 3: expected a number of votes"),
        ("happy,sad,file\n1,2\n", r"line 2: expected the name of a picture"),
        ("file,happy,sad\na.jpg,many,2\n", r"line 2: expected a number of votes"),
        ("file,happy,sad\na.jpg,-1,2\n", r"of 0 or more"),
        ("file,happy,sad\na.jpg,nan,2\n", r"of 0 or more"),
    ],
)
def test_a_wrong_file_of_votes_is_an_error_that_names_the_line(
    tmp_path: Path, content: str, message: str
) -> None:
    write_pictures(tmp_path)
    (tmp_path / "votes.csv").write_text(content)
    with pytest.raises(DatasetError, match=message):
        read_layout(tmp_path)
