"""Training end to end: on drawn face crops with other expressions, and on whole photos."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.network.manifest import KERAS_FILE, LITERT_FILE, SHIPPED, read_manifest, read_verified
from model.prediction.predictor import Predictor
from scripts.train import main
from tests.support.command_line import run_main
from tests.support.drawn_faces import write_drawn_faces, write_photos

pytestmark = [pytest.mark.training, pytest.mark.timeout(400)]

CROPS = ("--crops", "--from-scratch", "--epochs", "4", "9")
NOT_UTF8 = os.fsdecode(b"\xffber")
PHOTOS = ("--epochs", "0", "3")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Face crops of three expressions, with a validation part."""
    folder = tmp_path_factory.mktemp("drawn")
    for seed, (part, count) in enumerate({"train": 80, "validation": 20}.items()):
        write_drawn_faces(folder / part, dict.fromkeys(("happy", "sad", "neutral"), count), seed)
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole photos in one folder for each label, one of them broken and one without a face.

    The names are not UTF-8, and one of the labels is in capitals.
    """
    folder = tmp_path_factory.mktemp("photos") / NOT_UTF8
    folder.mkdir()
    write_photos(folder, 40, seed=2)
    (folder / "happy" / "00.jpg").rename(folder / "happy" / f"{NOT_UTF8}.jpg")
    (folder / "sad").rename(folder / "Sad")
    return folder


def train(folder: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return run_main(main, folder, "--out", out, *more)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    done = train(folder, out, *CROPS)
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout
    return out


@pytest.fixture(scope="module")
def trained_on_photos(
    photos: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("out") / NOT_UTF8
    return out, train(photos, out, *PHOTOS)


@pytest.mark.long
def test_the_trained_model_recognises_happy_and_sad_faces(trained: Path, folder: Path) -> None:
    predictor = Predictor(trained / "model")
    answers = {
        mood: [
            predictor.probability_happy(np.asarray(Image.open(file)))
            for file in (folder / "validation" / mood).iterdir()
        ]
        for mood in ("happy", "sad")
    }
    assert np.mean(np.array(answers["happy"]) >= 0.5) > 0.8
    assert np.mean(np.array(answers["sad"]) < 0.5) > 0.8


@pytest.mark.long
def test_the_manifest_describes_data_training_and_metrics(trained: Path) -> None:
    manifest = read_manifest(trained / "model")
    for name in (KERAS_FILE, LITERT_FILE):
        read_verified(trained / "model", name, manifest)
    assert manifest.data["train"] == {"sad": 64, "happy": 64, "neutral": 64}
    assert manifest.data["calibration"] == {"sad": 16, "happy": 16}
    assert manifest.training["seed"] == 1
    assert manifest.metrics["accuracy"] > 0.8
    assert 0.5 <= manifest.sure_threshold <= 0.95


@pytest.mark.long
def test_the_history_of_both_stages_is_kept(trained: Path) -> None:
    for stage, epochs in (("pretraining", 4), ("finetuning", 9)):
        lines = (trained / stage / "history.csv").read_text().splitlines()
        assert 2 <= len(lines) <= epochs + 1  # it may have stopped early
        assert "val_loss" in lines[0]
        assert 0 <= int((trained / stage / "finished").read_text()) < len(lines)  # the best epoch


@pytest.mark.long
def test_a_finished_training_is_not_repeated(trained: Path, folder: Path) -> None:
    before = json.loads((trained / "model" / "manifest.json").read_text())
    done = train(folder, trained, *CROPS)
    assert done.returncode == 0, done.stderr
    assert "loss" not in done.stdout
    after = json.loads((trained / "model" / "manifest.json").read_text())
    assert after["metrics"] == before["metrics"]


@pytest.mark.long
def test_plots_and_a_tensorboard_log_are_written_beside_the_model(trained: Path) -> None:
    for name in ("curves", "confusion", "roc", "reliability", "risk_coverage"):
        with Image.open(trained / f"{name}.png") as picture:
            assert min(picture.size) > 300
    assert list((trained / "finetuning" / "tensorboard").glob("events.out.tfevents.*"))


@pytest.mark.long
def test_a_training_is_not_resumed_with_other_settings(trained: Path, folder: Path) -> None:
    done = train(folder, trained, *CROPS, "--seed", "2")
    assert done.returncode == 1
    assert "holds a training on other pictures or with other settings" in done.stderr


def test_training_on_photos_starts_from_the_shipped_model_and_is_compared_with_it(
    trained_on_photos: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, done = trained_on_photos
    assert done.returncode == 0, done.stderr
    manifest, shipped = read_manifest(out / "model"), read_manifest(SHIPPED)
    assert manifest.training["started_from"] == shipped.version
    assert manifest.version != shipped.version
    assert manifest.data["left_out"] == {"no face found": 1, "unreadable": 1}
    faces = {part: manifest.data[part]["happy"] for part in ("train", "calibration", "validation")}
    assert faces == {"train": 26, "calibration": 6, "validation": 8}
    assert "measured on 16 faces of " in done.stdout
    assert "16 held-out faces can tell little. To measure on all pictures, " in done.stdout
    assert f"the shipped model ({shipped.version}) on" in done.stdout
    assert Predictor(out / "model").version == manifest.version


def test_unusable_pictures_are_listed(
    trained_on_photos: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = trained_on_photos
    assert "broken.jpg: The image is damaged" in done.stderr
    assert "hills.jpg: no face found" in done.stderr
