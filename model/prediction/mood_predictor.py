"""The interface for other programs: `from model import MoodPredictor`."""

from dataclasses import asdict, dataclass, field
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.images.decoding import DecodedImage, from_image
from model.network.verdict import Verdict
from model.prediction.annotate import annotate
from model.prediction.predictor import Predictor
from model.prediction.results import FaceVerdict, PhotoVerdict

Photo = str | PathLike[str] | bytes | Image.Image | NDArray[np.uint8]
"""The path or the content of an image file, or its pixels."""


@dataclass(frozen=True, slots=True)
class MoodResult:
    """The mood of a photo and of each face in it.

    Attributes:
        photo: everything that is known.
    """

    photo: PhotoVerdict = field(repr=False)

    @property
    def verdict(self) -> Verdict:
        """The mood of the whole photo: "happy", "sad", "neutral" or "unsure"."""
        return self.photo.verdict

    @property
    def confidence(self) -> float:
        """Probability of the likelier of happy and sad, 0.5 to 1."""
        return self.photo.confidence

    @property
    def faces(self) -> tuple[FaceVerdict, ...]:
        """The faces; empty if none was found, and the verdict is based on the colours."""
        return self.photo.faces

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON types: boxes in pixels of the upright photo."""
        return {
            **_mood(self.photo),
            "whole_picture": self.photo.whole_picture,
            "faces": [
                {"box": asdict(face.box), "score": round(face.score, 4), **_mood(face)}
                for face in self.faces
            ],
            "milliseconds": {
                name: round(value, 1) for name, value in asdict(self.photo.milliseconds).items()
            },
        }

    def draw(self) -> Image.Image:
        """Return the photo, at most 1280 pixels wide or high, with a box around each face."""
        return Image.open(BytesIO(annotate(self.photo)))

    def __repr__(self) -> str:
        faces = f"{len(self.faces)} face{'' if len(self.faces) == 1 else 's'}"
        return f"<MoodResult: {self.verdict}, {self.confidence:.0%}, {faces}>"


class MoodPredictor:
    """Finds the faces in photos and says how happy or sad they look.

    Any number of threads may use it at once.

    Args:
        folder: a model folder, such as `data/models/versions/<version>`; by default the model that
            comes with the package.

    Raises:
        ModelNotFoundError: a file of the model is missing.
        ModelDamagedError: a file of the model does not match its manifest.
    """

    def __init__(self, folder: str | PathLike[str] | None = None) -> None:
        self._predictor = Predictor(None if folder is None else Path(folder))

    @property
    def version(self) -> str:
        """Name of the model."""
        return self._predictor.version

    def predict(self, photo: Photo) -> MoodResult:
        """Predict the mood of a photo and of each face in it.

        Args:
            photo: the path of a JPEG, PNG, WebP, HEIC or GIF file, or its bytes; or those of a
                video (MP4 or WebM), with the extra `video`; or an image of Pillow; or an array
                (height, width, 3) of RGB, or (height, width) of grey, 0 to 255.

        Raises:
            ImageError: the image cannot be used.
            OSError: the file cannot be read.
            TypeError: `photo` is none of these.
        """
        if isinstance(photo, bytes):
            return MoodResult(self._predictor.predict(photo))
        if isinstance(photo, str | PathLike):
            return MoodResult(self._predictor.predict(Path(photo).read_bytes()))
        return MoodResult(self._predictor.predict_image(_decoded(photo)))


def _decoded(photo: Image.Image | NDArray[np.uint8]) -> DecodedImage:
    if isinstance(photo, Image.Image):
        return from_image(photo)
    if not isinstance(photo, np.ndarray):
        raise TypeError(
            "Expected a path, the bytes of a file, an image of Pillow or an array; "
            f"got {type(photo).__name__}."
        )
    if photo.dtype != np.uint8 or photo.ndim not in (2, 3) or photo.shape[2:] not in ((), (3,)):
        raise TypeError(
            "Expected an array of uint8, (height, width, 3) with RGB or (height, width) with grey; "
            f"got {photo.dtype} with the shape {photo.shape}."
        )
    return from_image(Image.fromarray(np.ascontiguousarray(photo)))


def _mood(verdict: PhotoVerdict | FaceVerdict) -> dict[str, Any]:
    neither = verdict.probability_neither
    return {
        "verdict": str(verdict.verdict),
        "confidence": round(verdict.confidence, 4),
        "probability_happy": round(verdict.probability_happy, 4),
        "probability_neither": None if neither is None else round(neither, 4),
    }
