from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from model.retraining.plot_texts import PlotTexts
from model.retraining.progress import Progress
from model.retraining.result_plot import TrainingCurve, draw_result

MEASURED = {
    "accuracy": 0.9,
    "low": 0.8,
    "high": 0.95,
    "ece": 0.02,
    "n": 40,
    "confusion": [[18, 2], [2, 18]],
}
SETS = {"base validation": MEASURED, "corrections": MEASURED}


@pytest.mark.parametrize("epochs", [0, 1, 30])
def test_the_result_is_a_picture_that_fits_a_phone(epochs: int) -> None:
    curve = TrainingCurve()
    for epoch in range(epochs):
        curve.add(Progress(epoch=epoch + 1, loss=1 / (epoch + 1), accuracy=0.9))
    plot = draw_result(SETS, SETS, curve, PlotTexts())
    with Image.open(BytesIO(plot)) as picture:
        assert picture.height > picture.width > 600
        assert np.asarray(picture.convert("L")).std() > 20


def test_of_each_epoch_the_last_report_counts() -> None:
    curve = TrainingCurve()
    for epoch, loss in ((1, 0.9), (1, 0.8), (2, 0.5), (None, 0.1), (3, None)):
        curve.add(Progress(epoch=epoch, loss=loss, accuracy=0.5))
    assert curve.lines() == ([1, 2], [0.8, 0.5], [0.5, 0.5])
    assert TrainingCurve(curve.to_json()).lines() == curve.lines()
