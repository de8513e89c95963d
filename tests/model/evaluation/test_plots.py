from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.evaluation.contact_sheet import MAX_MISTAKES, contact_sheet, worst_mistakes
from model.evaluation.plots import save_plots
from model.evaluation.predictions import LabeledPrediction
from model.evaluation.summary import summarize
from tests.support.pictures import jpeg_bytes

PLOTS = ("confusion", "roc", "reliability", "risk_coverage")


def random_predictions(count: int, label: str, rng: np.random.Generator) -> list[LabeledPrediction]:
    middle = {"happy": 0.7, "sad": 0.3}.get(label, 0.5)
    probabilities = np.clip(rng.normal(middle, 0.2, count), 0.001, 0.999)
    return [
        LabeledPrediction(Path(f"{i}.jpg"), label, float(p)) for i, p in enumerate(probabilities)
    ]


@pytest.mark.parametrize("labels", [("happy", "sad"), ("happy", "sad", "neutral", "$5 \\frac{")])
def test_every_plot_shows_something(tmp_path: Path, labels: tuple[str, ...]) -> None:
    rng = np.random.default_rng(0)
    predictions = [one for label in labels for one in random_predictions(60, label, rng)]
    save_plots(tmp_path, predictions, summarize(predictions, 0.8), 0.8)
    for name in PLOTS:
        with Image.open(tmp_path / f"{name}.png") as plot:
            assert min(plot.size) > 300
            assert len(np.unique(np.asarray(plot.convert("L")))) > 20


@pytest.mark.parametrize("sad", [0.0, 0.4, 0.6, 1.0])
def test_two_predictions_are_enough_for_the_plots(tmp_path: Path, sad: float) -> None:
    predictions = [
        LabeledPrediction(Path("1.jpg"), "happy", 1.0),
        LabeledPrediction(Path("2.jpg"), "sad", sad),
    ]
    save_plots(tmp_path, predictions, summarize(predictions, 0.95), 0.95)
    assert {f"{name}.png" for name in PLOTS} == {file.name for file in tmp_path.iterdir()}


def test_mistakes_are_sorted_by_confidence() -> None:
    predictions = [
        LabeledPrediction(Path("right.jpg"), "happy", 0.9),
        LabeledPrediction(Path("doubtful.jpg"), "happy", 0.45),
        LabeledPrediction(Path("worst.jpg"), "sad", 0.99),
        LabeledPrediction(Path("bad.jpg"), "happy", 0.05),
        LabeledPrediction(Path("neither.jpg"), "neutral", 0.99),
    ]
    assert [one.file.stem for one in worst_mistakes(predictions)] == ["worst", "bad", "doubtful"]
    assert len(worst_mistakes(predictions * 20)) == MAX_MISTAKES


def test_the_contact_sheet_shows_each_picture(tmp_path: Path) -> None:
    colors = {"red": (250, 10, 10), "blue": (10, 10, 250)}
    mistakes = []
    for name, color in colors.items():
        file = tmp_path / f"{name} with a name far too long to be written below it.jpg"
        file.write_bytes(jpeg_bytes((300, 100), color))
        mistakes.append(LabeledPrediction(file, "sad", 0.9))
    pixels = np.asarray(contact_sheet(mistakes), int)
    for color in colors.values():
        assert (np.abs(pixels - color).max(axis=2) < 30).sum() == 150 * 50


def test_a_contact_sheet_without_mistakes_or_with_a_missing_file_is_drawn(
    tmp_path: Path,
) -> None:
    assert contact_sheet([]).width > 100
    assert contact_sheet([LabeledPrediction(tmp_path / "gone.jpg", "sad", 0.9)]).height > 150
