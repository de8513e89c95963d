"""The command line of training: mistakes and interruptions. Whole trainings: tests/model."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.prediction.predictor import Predictor
from scripts.train import main
from tests.support.drawn_faces import write_drawn_faces
from tests.support.pictures import gradient


def photos_without_faces(folder: Path) -> None:
    for mood in ("happy", "sad"):
        (folder / mood).mkdir(parents=True)
        for index in range(20):
            gradient().save(folder / mood / f"{index:02}.jpg")


@pytest.mark.process
def test_mistakes_are_reported_without_loading_tensorflow(tmp_path: Path) -> None:
    photos_without_faces(tmp_path / "photos")
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('TensorFlow was imported')")
    command = [sys.executable, "-m", "scripts.train", "photos", "--out", "out"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())])}
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "happy/00.jpg: no face found" in result.stderr
    assert "train: Expected at least 20 happy pictures in which a face was found" in result.stderr
    assert "give --crops" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("epochs", [("0", "0"), ("-1", "5")])
def test_a_training_without_an_epoch_is_refused(
    epochs: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["anywhere", "--epochs", *epochs])
    assert refused.value.code == 2
    assert "1 or more after it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({}, "to hold happy/ and sad/, or train/ (and, if you like, validation/ and test/)"),
        ({"happy": 20}, "Expected at least 20 sad pictures in"),
        ({"happy": 20, "sad": 3}, "there are 3. Add sad pictures and start again"),
    ],
)
def test_an_unusable_folder_is_an_error_with_advice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], counts: dict[str, int], sentence: str
) -> None:
    (tmp_path / "set").mkdir()
    write_drawn_faces(tmp_path / "set", counts)
    assert main([str(tmp_path / "set"), "--crops", "--out", str(tmp_path / "out")]) == 1
    assert sentence in capsys.readouterr().err


def test_an_unusable_output_folder_is_noticed_before_the_pictures_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos_without_faces(tmp_path / "photos")
    (tmp_path / "file").write_text("in the way")
    assert main([str(tmp_path / "photos"), "--out", str(tmp_path / "file" / "out")]) == 1
    error = capsys.readouterr().err
    assert str(tmp_path / "file") in error
    assert "no face found" not in error


def test_all_unreadable_crops_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_drawn_faces(tmp_path / "set", {"happy": 20, "sad": 20})
    for index in range(2):
        (tmp_path / "set" / "sad" / f"{index:03}.png").write_bytes(b"no picture")
    assert main([str(tmp_path / "set"), "--crops", "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.count("The file is no JPEG, PNG, WebP, HEIC or GIF image") == 2
    assert "at least 20 sad readable pictures for train; there are 18" in error


@pytest.mark.long
@pytest.mark.training
@pytest.mark.timeout(400)
def test_an_interrupted_training_is_resumed(tmp_path: Path) -> None:
    write_drawn_faces(tmp_path / "set", {"happy": 40, "sad": 40})
    command = [sys.executable, "-m", "scripts.train", str(tmp_path / "set"), "--crops"]
    command += ["--epochs", "0", "4", "--out", str(tmp_path / "out")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("finetuning, epoch 2 of 4: loss "):
                break
        process.send_signal(signal.SIGINT)
        _, error = process.communicate()
    assert process.returncode == 130
    assert "train: interrupted; run the same command again to continue" in error
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "epoch 2 of" not in result.stdout
    assert result.stdout.count("finetuning, epoch 4 of 4") == 1
    assert result.stdout.endswith(f"\n    photo-mood models add {tmp_path / 'out' / 'model'}\n")
    history = np.loadtxt(tmp_path / "out" / "finetuning" / "history.csv", delimiter=",", skiprows=1)
    assert history[:, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.long
@pytest.mark.training
@pytest.mark.timeout(400)
def test_a_network_learns_the_votes_of_several_people(tmp_path: Path) -> None:
    for seed, (part, count) in enumerate({"train": 60, "validation": 20}.items()):
        write_drawn_faces(tmp_path / part, dict.fromkeys(("happy", "sad", "neutral"), count), seed)
    pictures = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("*/*/*.png"))
    # All voters agree on the other mood: the votes count, not the folders.
    cast = {"happy": "0,5,0", "sad": "5,0,0", "neutral": "0,0,5"}
    lines = [f"{one},{cast[one.parent.name]}\n" for one in pictures]
    (tmp_path / "votes.csv").write_text("file,happy,sad,neutral\n" + "".join(lines))
    out = tmp_path / "out"
    arguments = ["--crops", "--from-scratch", "--epochs", "6", "1", "--out", str(out)]
    assert main([str(tmp_path), *arguments]) == 0
    assert not (out / "finetuning").exists()
    predictor = Predictor(out / "model")
    answers = {
        label: [
            predictor.probabilities(np.asarray(Image.open(file)))
            for file in (tmp_path / "validation" / label).iterdir()
        ]
        for label in ("happy", "sad", "neutral")
    }
    assert np.mean([one.happy < 0.5 for one in answers["happy"]]) > 0.8
    assert np.mean([one.happy >= 0.5 for one in answers["sad"]]) > 0.8
    neither = {label: np.mean([one.neither for one in some]) for label, some in answers.items()}
    assert neither["neutral"] > max(neither["happy"], neither["sad"]) + 0.1


@pytest.mark.long
@pytest.mark.training
@pytest.mark.timeout(400)
def test_cross_validation_measures_on_every_face(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_drawn_faces(tmp_path / "set", {"happy": 30, "sad": 25})
    arguments = ["--crops", "--epochs", "0", "1", "--out", str(tmp_path / "out")]
    assert main([str(tmp_path / "set"), *arguments, "--cross-validate"]) == 0
    printed = capsys.readouterr().out
    assert "measured on 55 faces of set, by cross-validation" in printed
    assert printed.count("finetuning, epoch 1 of 1") == 5
    assert not (tmp_path / "out" / "model").exists()
