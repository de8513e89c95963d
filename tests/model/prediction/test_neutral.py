"""A model with a second output for neutral faces, from its folder to its answers."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from model import MoodPredictor
from model.errors import ModelDamagedError, ModelNotFoundError
from model.faces.crops import encode_png
from model.network.manifest import KERAS_FILE, NEITHER_FILE, SHIPPED, read_manifest
from model.network.verdict import Verdict
from model.prediction.predictor import Predictor
from model.registry.version import check_files
from model.training.pipeline import write_model_folder
from scripts.classify import main
from tests.support.command_line import run_main
from tests.support.neutral_model import neutral_model
from tests.support.portraits import ASTRONAUT

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return neutral_model(tmp_path_factory.mktemp("neutral"), "neutral", probability_neither=0.9)


def test_a_face_that_is_probably_neither_is_neutral(folder: Path) -> None:
    result = MoodPredictor(folder).predict(ASTRONAUT)
    shipped = MoodPredictor().predict(ASTRONAUT)
    (face,) = result.faces
    assert (result.verdict, face.verdict) == (Verdict.NEUTRAL, Verdict.NEUTRAL)
    assert face.probability_neither == pytest.approx(0.9, abs=1e-4)
    assert face.probability_happy == pytest.approx(shipped.faces[0].probability_happy, abs=1e-4)
    assert result.to_dict()["probability_neither"] == pytest.approx(0.9, abs=1e-4)
    assert shipped.to_dict()["probability_neither"] < 0.5


def test_why_says_what_speaks_for_happy_or_sad(folder: Path) -> None:
    predictor = Predictor(folder)
    crop = predictor.predict(ASTRONAUT.read_bytes()).crops[0]
    why, shipped = (model.explain(encode_png(crop)) for model in (predictor, Predictor()))
    assert (why.verdict, shipped.verdict) == (Verdict.NEUTRAL, Verdict.HAPPY)
    assert (why.has_orange, why.has_blue) == (shipped.has_orange, shipped.has_blue)


def test_the_command_shows_the_probability(folder: Path) -> None:
    table = run_main(main, "--model", folder, ASTRONAUT).stdout.splitlines()
    assert table[0].split()[-1] == "P(neither)"
    assert (table[1].split()[2], table[1].split()[-1]) == ("neutral", "0.900")
    found = json.loads(run_main(main, "--json", "--model", folder, ASTRONAUT).stdout)
    assert found["faces"][0]["probability_neither"] == pytest.approx(0.9, abs=1e-4)


def test_the_file_of_the_second_network_is_checked(folder: Path) -> None:
    manifest, file = read_manifest(folder), folder / NEITHER_FILE
    check_files(folder, manifest)
    content = file.read_bytes()
    try:
        file.write_bytes(content[:-1])
        with pytest.raises(ModelDamagedError, match=NEITHER_FILE):
            check_files(folder, manifest)
        file.unlink()
        with pytest.raises(ModelNotFoundError, match=NEITHER_FILE):
            check_files(folder, manifest)
    finally:
        file.write_bytes(content)


def test_a_network_without_the_second_output_is_refused(tmp_path: Path) -> None:
    shipped = read_manifest(SHIPPED)
    network = keras.saving.load_model(SHIPPED / KERAS_FILE, compile=False)
    greys = np.zeros((1, 48, 48), np.uint8)
    one = write_model_folder(network, replace(shipped, neither=None), greys, tmp_path)
    replace(one, neither=shipped.neither).write(tmp_path)
    with pytest.raises(ModelDamagedError, match=r"Expected the outputs happy and neither"):
        Predictor(tmp_path)
