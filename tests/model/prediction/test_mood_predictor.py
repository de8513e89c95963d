import json
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

import model
from model import MoodPredictor
from model.errors import ImageTooSmallError, UnsupportedFormatError
from model.prediction.mood_predictor import Photo
from tests.support.portraits import ASTRONAUT, GROUP_SIZE, group_photo


@pytest.fixture(scope="module")
def predictor() -> MoodPredictor:
    return MoodPredictor()


@pytest.mark.parametrize(
    "given",
    [
        lambda: str(ASTRONAUT),
        lambda: ASTRONAUT,
        ASTRONAUT.read_bytes,
        lambda: Image.open(ASTRONAUT),
        lambda: np.asarray(Image.open(ASTRONAUT).convert("RGB")),
        lambda: np.asarray(Image.open(ASTRONAUT).convert("L")),
        lambda: Image.open(ASTRONAUT).convert("RGBA"),
    ],
    ids=["str", "Path", "bytes", "Image", "RGB array", "grey array", "RGBA image"],
)
def test_a_photo_may_be_given_in_many_ways(
    given: Callable[[], Photo], predictor: MoodPredictor
) -> None:
    result = predictor.predict(given())
    assert result.verdict == "happy"
    (face,) = result.faces
    assert face.verdict == "happy"
    assert 0.9 < result.confidence <= 1
    assert repr(result) == f"<MoodResult: happy, {result.confidence:.0%}, 1 face>"


def test_a_result_is_json_and_can_be_drawn(predictor: MoodPredictor) -> None:
    result = predictor.predict(group_photo())
    read = json.loads(json.dumps(result.to_dict()))
    assert len(read["faces"]) == len(result.faces) == GROUP_SIZE
    assert read["verdict"] == result.verdict
    assert read["whole_picture"] is False
    drawn = result.draw()
    assert drawn.size == group_photo().size
    assert np.abs(np.asarray(drawn, int) - np.asarray(group_photo(), int)).max() > 100


def test_an_image_with_a_comment_can_be_drawn_and_the_comment_is_not_in_it(
    predictor: MoodPredictor,
) -> None:
    commented = group_photo()
    commented.info["comment"] = b"private" * 10_000  # more than fits into a JPEG file

    drawn = predictor.predict(commented).draw()

    assert "comment" not in drawn.info
    assert "comment" in commented.info


def test_an_image_is_turned_upright_as_a_file_is(predictor: MoodPredictor) -> None:
    turned = Image.open(ASTRONAUT).rotate(90, expand=True)
    turned.getexif()[0x0112] = 6  # to be turned by 90 degrees clockwise
    assert len(predictor.predict(turned).faces) == 1


@pytest.mark.parametrize(
    ("photo", "error", "text"),
    [
        (b"text", UnsupportedFormatError, "no JPEG"),
        ("missing.jpg", FileNotFoundError, "missing.jpg"),
        (Image.new("RGB", (3, 3)), ImageTooSmallError, "3×3"),
        (np.zeros((50, 50, 3)), TypeError, "uint8.*float64"),
        (np.zeros((50, 50, 4), np.uint8), TypeError, r"\(50, 50, 4\)"),
        (None, TypeError, "NoneType"),
    ],
)
def test_what_is_no_photo_is_refused_with_what_was_expected(
    photo: Photo, error: type[Exception], text: str, predictor: MoodPredictor
) -> None:
    with pytest.raises(error, match=text):
        predictor.predict(photo)


def test_importing_the_package_loads_nothing() -> None:
    code = "import sys, model; print([n for n in ('numpy', 'PIL') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="Predictr"):
        _ = model.MoodPredictr
