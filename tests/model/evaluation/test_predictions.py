from dataclasses import replace
from pathlib import Path

import pytest

from model.data.image_folder import LabeledImage
from model.data.votes import EXPRESSIONS
from model.errors import DatasetError
from model.evaluation.corruptions import CORRUPTIONS, UNCHANGED
from model.evaluation.predictions import (
    LabeledPrediction,
    predict_corrupted_crops,
    predict_crops,
    predict_photos,
)
from model.evaluation.summary import summarize
from model.prediction.predictor import Predictor
from tests.support.pictures import png_bytes
from tests.support.portraits import ASTRONAUT

ALL_NEUTRAL = tuple(10.0 * (name == "neutral") for name in EXPRESSIONS)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


def predicted(
    label: str, *probabilities: float, face_found: bool | None = None
) -> list[LabeledPrediction]:
    return [
        LabeledPrediction(Path(f"{index}.jpg"), label, one, face_found)
        for index, one in enumerate(probabilities)
    ]


def test_faces_are_searched_for_in_photos_and_not_in_crops(
    predictor: Predictor, tmp_path: Path
) -> None:
    blank = tmp_path / "blank.png"
    blank.write_bytes(png_bytes((90, 90), (120, 130, 140)))
    images = [LabeledImage(ASTRONAUT, "happy"), LabeledImage(blank, "sad")]
    face, nothing = predict_photos(predictor, images, pytest.fail)
    assert (face.label, face.face_found) == ("happy", True)
    verdict = predictor.predict(ASTRONAUT.read_bytes())
    assert face.probability_happy == verdict.probability_happy
    assert (nothing.label, nothing.face_found) == ("sad", False)
    crop, _ = predict_crops(predictor, images, pytest.fail)
    assert crop.face_found is None
    assert crop.probability_happy != face.probability_happy  # the whole photo as one crop


def test_unreadable_files_are_reported_and_skipped(predictor: Predictor, tmp_path: Path) -> None:
    broken, missing = tmp_path / "broken.jpg", tmp_path / "missing.jpg"
    broken.write_bytes(b"<html>not found</html>")
    unreadable: dict[str, str] = {}
    images = [LabeledImage(file, "sad") for file in (broken, missing, ASTRONAUT)]
    predictions = predict_crops(
        predictor, images, lambda file, reason: unreadable.update({file.name: reason})
    )
    assert [one.file for one in predictions] == [ASTRONAUT]
    assert "no JPEG, PNG, WebP, HEIC or GIF image" in unreadable["broken.jpg"]
    assert unreadable["missing.jpg"] == "No such file or directory"


def test_corrupted_crops_are_predicted_for_the_same_files(
    predictor: Predictor, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    images = [LabeledImage(file, "happy") for file in (broken, ASTRONAUT)]
    unreadable: list[Path] = []
    predictions = predict_corrupted_crops(
        predictor, images, lambda file, _: unreadable.append(file)
    )
    assert unreadable == [broken]
    assert set(predictions) == set(CORRUPTIONS)
    assert all([one.file for one in each] == [ASTRONAUT] for each in predictions.values())
    assert predictions[UNCHANGED] == predict_crops(predictor, images[1:], pytest.fail)
    assert len({each[0].probability_happy for each in predictions.values()}) == len(CORRUPTIONS)


def test_metrics_count_only_happy_and_sad_pictures() -> None:
    predictions = (
        predicted("happy", 0.9, 0.4, 0.8) + predicted("sad", 0.1) + predicted("angry", 0.99)
    )
    summary = summarize(predictions, 0.75)
    assert summary["n"].value == 4
    assert summary["accuracy"].value == pytest.approx(3 / 4)
    assert summary["recall"].value == pytest.approx(2 / 3)


def test_for_other_labels_it_is_measured_how_often_the_model_is_sure() -> None:
    predictions = (
        predicted("happy", 0.9)
        + predicted("sad", 0.1)
        + predicted("neutral", 0.9, 0.6, 0.4, 0.1, 0.2)
    )
    summary = summarize(predictions, 0.75)
    assert summary["sure_on_neutral"].value == pytest.approx(3 / 5)
    assert summary["sure_happy_on_neutral"].value == pytest.approx(1 / 5)
    assert summary["sure_sad_on_neutral"].value == pytest.approx(2 / 5)


def test_neutral_answers_are_not_sure() -> None:
    predictions = [
        replace(one, is_neutral=True, probability_neither=0.9, votes=ALL_NEUTRAL)
        for one in predicted("neutral", 0.99, 0.01) + predicted("sad", 0.01)
    ] + predicted("happy", 0.99)
    summary = summarize(predictions, 0.75)
    assert summary["sure_on_neutral"].value == 0
    assert summary["accuracy"].value == 1
    assert summary["coverage_at_sure"].value == pytest.approx(1 / 2)
    # ln(1 / 0.9), for the three faces with votes.
    assert summary["vote_divergence_with_neither"].value == pytest.approx(0.10536, abs=1e-4)


def test_rare_unpleasant_expressions_are_measured_together() -> None:
    predictions = (
        predicted("happy", 0.9)
        + predicted("sad", 0.1)
        + predicted("angry", 0.1, 0.4)
        + predicted("disgust", 0.2)
    )
    summary = summarize(predictions, 0.75)
    assert summary["sure_sad_on_unpleasant"].value == pytest.approx(2 / 3)
    assert "sure_sad_on_unpleasant" not in summarize(predictions[:4], 0.75)


def test_the_share_of_photos_with_a_face_is_measured() -> None:
    predictions = predicted("happy", 0.9, 0.8, face_found=True) + predicted(
        "sad", 0.9, face_found=False
    )
    summary = summarize(predictions, 0.75)
    assert summary["faces_found"].value == pytest.approx(2 / 3)
    assert summary["accuracy_with_face"].value == 1
    assert "accuracy_with_face" not in summarize(
        predicted("happy", 0.9) + predicted("sad", 0.1), 0.75
    )


def test_one_mood_alone_is_an_error() -> None:
    with pytest.raises(DatasetError, match="None of the sad pictures"):
        summarize(predicted("happy", 0.9), 0.75)
