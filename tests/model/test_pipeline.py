"""Training end to end on drawn faces: a mouth up is happy, a mouth down is sad."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from model.manifest import KERAS_FILE, LITERT_FILE, read_manifest, read_verified
from model.predictor import Predictor

pytestmark = [pytest.mark.training, pytest.mark.timeout(400)]


def drawn_face(mood: str, rng: np.random.Generator) -> Image.Image:
    picture = Image.new("L", (48, 48), int(rng.integers(90, 160)))
    draw = ImageDraw.Draw(picture)
    x, y = rng.integers(-3, 4, 2)
    draw.ellipse((4 + x, 2 + y, 44 + x, 46 + y), fill=int(rng.integers(180, 240)))
    for eye in (16, 32):
        draw.ellipse((eye - 3 + x, 15 + y, eye + 3 + x, 21 + y), fill=20)
    if mood == "neutral":
        draw.line((15 + x, 35 + y, 33 + x, 35 + y), fill=20, width=3)
    elif mood == "happy":
        draw.arc((13 + x, 20 + y, 35 + x, 40 + y), 20, 160, fill=20, width=3)
    else:
        draw.arc((13 + x, 31 + y, 35 + x, 51 + y), 200, 340, fill=20, width=3)
    return picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    rng = np.random.default_rng(0)
    for split, count in (("train", 160), ("validation", 30)):
        for mood in ("happy", "sad", "neutral"):
            (folder / split / mood).mkdir(parents=True)
            for index in range(count):
                drawn_face(mood, rng).save(folder / split / mood / f"{index:03}.png")
    return folder


def train(folder: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.train", str(folder), "--out", str(out), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    done = train(folder, out, "--epochs", "6", "14")
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout
    return out


def test_a_folder_of_faces_becomes_a_model_that_serves(trained: Path, folder: Path) -> None:
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


def test_the_manifest_says_what_was_done(trained: Path) -> None:
    manifest = read_manifest(trained / "model")
    for name in (KERAS_FILE, LITERT_FILE):
        read_verified(trained / "model", name, manifest)
    assert manifest.data["train"] == {"sad": 144, "happy": 144, "neutral": 144}
    assert manifest.data["calibration"] == {"sad": 16, "happy": 16}
    assert manifest.training["seed"] == 1
    assert manifest.metrics["accuracy"] > 0.8
    assert 0.5 <= manifest.sure_threshold <= 0.95


def test_the_history_of_both_stages_is_kept(trained: Path) -> None:
    for stage, epochs in (("pretraining", 6), ("finetuning", 14)):
        lines = (trained / stage / "history.csv").read_text().splitlines()
        assert len(lines) == epochs + 1
        assert "val_loss" in lines[0]


def test_a_training_that_is_finished_is_not_repeated(trained: Path, folder: Path) -> None:
    before = json.loads((trained / "model" / "manifest.json").read_text())
    done = train(folder, trained, "--epochs", "6", "14")
    assert done.returncode == 0, done.stderr
    assert "loss" not in done.stdout
    after = json.loads((trained / "model" / "manifest.json").read_text())
    assert after["metrics"] == before["metrics"]


def test_a_folder_without_the_labels_is_refused_kindly(tmp_path: Path) -> None:
    done = train(tmp_path, tmp_path / "out")
    assert done.returncode == 1
    assert "Expected a folder of pictures at" in done.stderr
    assert "Traceback" not in done.stderr
