"""Answers of a network before its temperatures, and what becomes of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.network.manifest import Manifest, NeitherOutput
from model.network.verdict import apply_temperature

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RawMoods:
    """The answers of a network to some faces.

    Attributes:
        happy: (count,), probability of happy of each face if it is happy or sad.
        neither: (count,), probability that it is neither; None from a network that does not tell.
    """

    happy: Floats
    neither: Floats | None = None

    def is_neutral(self, output: NeitherOutput | None) -> NDArray[np.bool_]:
        """Return which faces are called neutral, (count,).

        Args:
            output: how to read the probabilities of neither; None: no face is neutral.
        """
        if self.neither is None or output is None:
            return np.zeros(len(self.happy), bool)
        return apply_temperature(self.neither, output.temperature) > output.threshold

    def is_sure(self, manifest: Manifest) -> NDArray[np.bool_]:
        """Return which faces a model calls happy or sad, (count,), rather than neutral or unsure.

        Args:
            manifest: the model's temperatures and thresholds.
        """
        happy = apply_temperature(self.happy, manifest.temperature)
        confidence = np.maximum(happy, 1 - happy)
        return (confidence >= manifest.sure_threshold) & ~self.is_neutral(manifest.neither)


@dataclass(frozen=True)
class ValidationAnswers:
    """The answers of a network to the validation faces.

    Attributes:
        moods: to the faces that are labelled happy or sad.
        neutral: to those labelled neutral; None if there are none.
    """

    moods: RawMoods
    neutral: RawMoods | None = None


@dataclass(frozen=True)
class ModelAnswers:
    """A model's answers to the validation faces, and how to read them."""

    manifest: Manifest
    answers: ValidationAnswers

    def happy(self) -> Floats:
        """Return the calibrated probability of happy of each happy or sad face, (count,)."""
        return apply_temperature(self.answers.moods.happy, self.manifest.temperature)

    def sure_on_neutral(self) -> int:
        """Return how many neutral faces are surely called happy or sad."""
        neutral = self.answers.neutral
        return 0 if neutral is None else int(neutral.is_sure(self.manifest).sum())
