"""The results of a prediction, as immutable values."""

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.network.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright photo as sent, before it was scaled down."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class FaceInPhoto:
    """Where a face is: in which photo, and where in it."""

    file: bytes = field(repr=False)  # content of the image file
    box: Box


@dataclass(frozen=True, slots=True)
class FaceVerdict:
    """The position and the mood of one face."""

    box: Box
    score: float  # detector score, 0 to 1
    probability_happy: float  # if it is happy or sad, 0 to 1
    verdict: Verdict
    confidence: float  # probability of the likelier of happy and sad, 0.5 to 1
    probability_neither: float | None = None  # 0 to 1; None from a model that does not tell


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """The wall-clock time of each step."""

    decode: float
    detect: float
    classify: float


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """Which frame of a video was judged."""

    at_s: float  # when it is shown, in seconds from the beginning
    looked_at: int  # frames in which a face was looked for, this one included


@dataclass(frozen=True, slots=True)
class PhotoVerdict:
    """The mood of a photo or a frame of a video, and of its faces, in reading order."""

    verdict: Verdict
    confidence: float  # probability of the likelier mood, 0.5 to 1
    probability_happy: float  # 0 to 1
    whole_picture: bool  # no face was found, the verdict is based on the colours
    faces: tuple[FaceVerdict, ...]
    milliseconds: Milliseconds
    model_version: str
    size: tuple[int, int]  # width and height of the upright photo as sent, in pixels
    more_faces: bool  # than `faces`, which are the largest ones
    missed_faces: bool  # perhaps: other places resembled a face, but not enough
    rgb: Image.Image = field(repr=False, compare=False)  # the upright photo, possibly scaled down
    # What the network saw of each of `faces`: upright squares, (side, side, 3) RGB.
    crops: tuple[NDArray[np.uint8], ...] = field(default=(), repr=False, compare=False)
    frame: VideoFrame | None = None  # if the photo is a frame of a video
    is_preview: bool = False  # of something that could not be judged itself
    probability_neither: float | None = None  # 0 to 1; None without faces, as for a face

    @property
    def needs_boxes(self) -> bool:
        """Whether it takes a drawing to see which faces were judged."""
        return len(self.faces) > 1 or (len(self.faces) == 1 and self.missed_faces)

    def without_photo(self) -> Self:
        """Return a copy that holds no photo, which takes up to 16 MB, but still the crops."""
        return replace(self, rgb=Image.new("RGB", (0, 0)))


@dataclass(frozen=True, slots=True)
class Explanation:
    """A new verdict on a face crop, with a heat map of what led to it."""

    verdict: Verdict
    confidence: float  # probability of the likelier mood, 0.5 to 1
    probability_happy: float  # 0 to 1
    model_version: str
    has_orange: bool  # whether a part of the face visibly speaks for the likelier mood
    has_blue: bool  # whether one visibly speaks against it
    heat_map: bytes = field(repr=False)  # JPEG
