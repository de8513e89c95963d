"""What a prediction consists of: plain immutable values, no computation."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.network.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright photo as sent (not of a reduced copy of it)."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class FaceVerdict:
    """One face: where it is, how sure the detector is of it, and its mood."""

    box: Box
    score: float  # detector score, 0 to 1
    probability_happy: float  # 0 to 1
    verdict: Verdict
    confidence: float  # probability of the likelier mood, 0.5 to 1


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """Wall-clock time of each step."""

    decode: float
    detect: float
    classify: float


@dataclass(frozen=True, slots=True)
class PhotoVerdict:
    """A whole photo: its faces, largest first, and the mood they add up to."""

    verdict: Verdict
    confidence: float  # probability of the likelier mood, 0.5 to 1
    probability_happy: float  # 0 to 1
    whole_picture: bool  # True: no face was found, the picture was judged as a whole
    faces: tuple[FaceVerdict, ...]
    milliseconds: Milliseconds
    model_version: str
    size: tuple[int, int]  # width, height of the upright photo as sent, in pixels
    # The upright photo, (height, width, 3) RGB, possibly decoded at a reduced scale.
    pixels: NDArray[np.uint8] = field(repr=False, compare=False)
    # What the network saw of each of `faces`: upright squares, (side, side, 3) RGB.
    crops: tuple[NDArray[np.uint8], ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One face judged once more, with a picture of what spoke for the verdict."""

    verdict: Verdict
    confidence: float  # probability of the likelier mood, 0.5 to 1
    probability_happy: float  # 0 to 1
    model_version: str
    picture: bytes = field(repr=False)  # JPEG
