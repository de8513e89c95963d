import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from scripts.classify import main
from tests.support.command_line import run_main
from tests.support.portraits import ASTRONAUT, GROUP_SIZE, group_photo, portrait


def classify(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_main(main, *arguments)


def test_json_is_one_line_for_each_photo_with_all_fields(tmp_path: Path) -> None:
    group_photo().save(tmp_path / "group.png")
    result = classify("--json", ASTRONAUT, tmp_path / "group.png")
    assert result.returncode == 0, result.stderr
    portrait, several = (json.loads(line) for line in result.stdout.splitlines())
    assert set(portrait) == {
        "photo", "verdict", "confidence", "probability_happy", "probability_neither",
        "whole_picture", "faces", "milliseconds",
    }  # fmt: skip
    assert portrait["photo"] == str(ASTRONAUT)
    assert portrait["verdict"] == "happy"
    assert portrait["whole_picture"] is False
    assert set(portrait["milliseconds"]) == {"decode", "detect", "classify"}
    (face,) = portrait["faces"]
    assert set(face) == {
        "box", "score", "probability_happy", "probability_neither", "verdict", "confidence",
    }  # fmt: skip
    assert set(face["box"]) == {"left", "top", "right", "bottom"}
    assert len(several["faces"]) == GROUP_SIZE


def test_an_unreadable_file_is_named_and_the_others_are_classified(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    result = classify("--json", tmp_path / "broken.jpg", tmp_path / "missing.jpg", ASTRONAUT)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1
    assert "broken.jpg: The file is no JPEG, PNG, WebP, HEIC or GIF image" in result.stderr
    assert "missing.jpg: No such file" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_table_has_a_line_for_each_photo_and_each_of_several_faces(tmp_path: Path) -> None:
    group_photo().save(tmp_path / "group.png")
    result = classify(ASTRONAUT, tmp_path / "group.png")
    lines = result.stdout.splitlines()
    assert len(lines) == 1 + 1 + 1 + GROUP_SIZE
    assert "happy" in lines[1]
    assert "#4" in lines[-1]


def test_drawn_photos_have_distinct_names(tmp_path: Path) -> None:
    for mood in ("happy", "sad"):
        (tmp_path / mood).mkdir()
        portrait().save(tmp_path / mood / "01.jpg")
    out = tmp_path / "drawn"
    result = classify("--draw", out, tmp_path / "happy" / "01.jpg", tmp_path / "sad" / "01.jpg")
    assert result.returncode == 0, result.stderr
    assert sorted(file.name for file in out.iterdir()) == ["happy-01.jpg", "sad-01.jpg"]
    with Image.open(out / "sad-01.jpg") as drawn:
        assert drawn.size == (640, 640)


def test_no_drawn_photo_replaces_another_one(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("q/x/s/e.jpg", "q/y/s/e.jpg", "q/y/s/e.png")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (300, 200), (90, 140, 200)).save(file)
    result = classify("--draw", tmp_path / "drawn", tmp_path / "q")
    assert result.returncode == 0, result.stderr
    names = {file.name for file in (tmp_path / "drawn").iterdir()}
    assert names == {"s-e.jpg", "s-e_2.jpg", "s-e_3.jpg"}


def test_a_file_in_place_of_the_folder_for_drawings_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    result = classify("--draw", tmp_path / "taken" / "new", ASTRONAUT)
    assert result.returncode == 1
    assert f"expected a folder, but {tmp_path / 'taken'} is a file" in result.stderr


@pytest.mark.process
def test_a_reader_that_has_enough_ends_it_quietly() -> None:
    command = [sys.executable, "-m", "scripts.photo_mood", "classify", "--json"]
    with subprocess.Popen(
        [*command, ASTRONAUT], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + signal.SIGPIPE


def test_why_writes_a_picture_for_each_face_or_for_a_photo_without(tmp_path: Path) -> None:
    group_photo().save(tmp_path / "group.png")
    Image.new("RGB", (300, 200), (90, 140, 200)).save(tmp_path / "sky.png")
    out = tmp_path / "why"
    result = classify("--why", out, "--json", tmp_path / "group.png", tmp_path / "sky.png")
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 2
    faces = {f"{tmp_path.name}-group-{number}.jpg" for number in range(1, GROUP_SIZE + 1)}
    assert {file.name for file in out.iterdir()} == faces | {f"{tmp_path.name}-sky.jpg"}
    for name in faces:
        with Image.open(out / name) as overlay:
            assert overlay.size == (512, 512)


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    result = classify("--model", tmp_path, ASTRONAUT)
    assert result.returncode == 1
    assert "Expected a model manifest" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_stands_for_the_pictures_in_it(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    for name in ("b.JPG", "more/a.jpeg", ".hidden.jpg"):
        (tmp_path / name).write_bytes(ASTRONAUT.read_bytes())
    (tmp_path / "notes.txt").write_text("no picture")
    result = classify("--json", tmp_path)
    assert result.returncode == 0, result.stderr
    named = [json.loads(line)["photo"] for line in result.stdout.splitlines()]
    assert named == [str(tmp_path / "b.JPG"), str(tmp_path / "more/a.jpeg")]


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    result = classify(tmp_path)
    assert result.returncode == 1
    assert f"{tmp_path}: there is no picture in this folder" in result.stderr


def test_a_photo_may_come_from_standard_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.classify", "--json", "--draw", str(tmp_path), "-"]
    result = subprocess.run(command, input=ASTRONAUT.read_bytes(), capture_output=True, check=True)
    assert json.loads(result.stdout)["photo"] == "-"
    assert result.stderr == b""
    assert (tmp_path / "stdin.jpg").is_file()
