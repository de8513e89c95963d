"""Fit temperatures and thresholds of trained networks on the calibration faces."""

from dataclasses import dataclass

import numpy as np

from model.data.splits import DatasetSplit, happy_and_sad
from model.evaluation.metrics import Mask
from model.network.calibration import fit_sure_threshold, fit_temperature
from model.network.manifest import Manifest, NeitherOutput
from model.network.preprocessing import Preprocessing
from model.network.thresholds import fit_thresholds
from model.network.verdict import apply_temperature
from model.training.expressions import neither_targets
from model.training.learning import Answers, Networks

_CAUTIOUS_THRESHOLD = 0.9


@dataclass(frozen=True, slots=True)
class Calibration:
    """How to read what networks say.

    Attributes:
        temperature: divisor of the logits of happy.
        sure_threshold: lowest confidence of a sure verdict, 0.5 to 1.
        neither: how to read the probability of neither; None if nothing tells it.
    """

    temperature: float
    sure_threshold: float
    neither: NeitherOutput | None

    def apply(self, raw: Answers) -> Answers:
        """Return calibrated answers."""
        divisor = 1.0 if self.neither is None else self.neither.temperature
        return Answers(
            apply_temperature(raw.happy, self.temperature), apply_temperature(raw.neither, divisor)
        )

    def is_neutral(self, answers: Answers) -> Mask:
        """Return which faces are called neutral, (count,)."""
        return np.asarray(answers.neither > (self.neither.threshold if self.neither else 1.0))


def calibrate(
    networks: Networks, data: DatasetSplit, settings: Preprocessing, shipped: Manifest | None
) -> Calibration:
    """Fit temperatures and thresholds.

    Args:
        networks: the networks.
        data: their data; only the calibration faces are used.
        settings: the preprocessing of the faces.
        shipped: manifest of the model that the training started from.
    """
    faces = happy_and_sad(data.calibration)
    probabilities = networks.predict(faces.greys, settings).happy
    expected = None if data.is_large else (shipped.temperature if shipped else 1.0)
    temperature = fit_temperature(probabilities, faces.labels, expected)
    neither = None
    if networks.neither is None:
        threshold = fit_sure_threshold(apply_temperature(probabilities, temperature), faces.labels)
    else:
        threshold, neither = _with_neither(networks, data, settings, temperature)
    if not data.is_large:
        # A few dozen faces cannot show that 99 % of the sure answers are correct.
        threshold = max(threshold, shipped.sure_threshold if shipped else _CAUTIOUS_THRESHOLD)
    return Calibration(temperature, threshold, neither)


def _with_neither(
    networks: Networks, data: DatasetSplit, settings: Preprocessing, temperature: float
) -> tuple[float, NeitherOutput]:
    faces = data.calibration
    raw = networks.predict(faces.greys, settings)
    divisor = fit_temperature(raw.neither, neither_targets(faces, data.names))
    sure_from, neutral_above = fit_thresholds(
        apply_temperature(raw.happy, temperature),
        apply_temperature(raw.neither, divisor),
        np.array(data.names)[faces.labels],
    )
    return sure_from, NeitherOutput(divisor, neutral_above)
