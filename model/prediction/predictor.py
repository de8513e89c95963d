"""From a photo's bytes to its mood; serving's whole way, without TensorFlow."""

from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.errors import ModelDamagedError
from model.faces.crops import face_crop
from model.faces.detector import FaceDetector
from model.faces.face import Face
from model.images.decoding import DecodedImage, decode
from model.network.litert import LiteRTModel
from model.network.manifest import LITERT_FILE, SHIPPED, read_manifest, read_verified
from model.network.preprocessing import Preprocessing, preprocess
from model.network.verdict import apply_temperature, confidence_of, verdict_of
from model.prediction.color_baseline import probability_by_color
from model.prediction.occlusion import explain_crop
from model.prediction.results import Box, Explanation, FaceVerdict, Milliseconds, PhotoVerdict


class Predictor:
    """A model ready to judge photos; any number of threads may use it at once.

    Args:
        folder: of the model; by default the one that is shipped.
        detector: finds the faces; by default a new one. Loading it takes most of the time,
            so several predictors should share one.

    Raises:
        ModelNotFoundError: a file of the model is missing.
        ModelDamagedError: a file of the model is not what its manifest says.
    """

    def __init__(self, folder: Path | None = None, detector: FaceDetector | None = None) -> None:
        folder = folder or SHIPPED
        self._manifest = read_manifest(folder)
        try:
            self._network = LiteRTModel(read_verified(folder, LITERT_FILE, self._manifest))
        except ValueError as error:
            raise ModelDamagedError(
                f"{folder / LITERT_FILE} is no LiteRT model: {error}"
            ) from error
        self._detector = detector or FaceDetector()

    @property
    def version(self) -> str:
        """Name of the model in use."""
        return self._manifest.version

    @property
    def sure_threshold(self) -> float:
        """Least confidence that counts as sure, 0.5 to 1."""
        return self._manifest.sure_threshold

    @property
    def preprocessing(self) -> Preprocessing:
        """How crops become the network's input."""
        return self._manifest.preprocessing

    def warm_up(self) -> None:
        """Build the calling thread's interpreters, so that its first photo is not slow."""
        blank = np.zeros((64, 64, 3), np.uint8)
        self._detector.detect(blank)
        self.probability_happy(blank)

    def predict(self, data: bytes) -> PhotoVerdict:
        """Judge a photo.

        Args:
            data: the bytes of a picture file.

        Returns:
            The verdict for each face and for the photo; with no face, for the whole picture, by
            its colours.

        Raises:
            ImageError: the bytes are no picture that can be used.
        """
        start = perf_counter()
        picture = decode(data)
        decoded = perf_counter()
        found = self._detector.detect(picture.pixels)
        detected = perf_counter()
        crops = self._crops(picture, found)
        faces = self._judge_faces(picture, found, crops)
        if faces:
            probability = mean_probability([face.probability_happy for face in faces])
        else:
            # The network has only ever seen faces: on pictures without one it guesses.
            probability = probability_by_color(picture.pixels)
        classified = perf_counter()
        return PhotoVerdict(
            verdict=verdict_of(probability, self.sure_threshold),
            confidence=confidence_of(probability),
            probability_happy=probability,
            whole_picture=not faces,
            faces=tuple(faces),
            milliseconds=Milliseconds(
                decode=1e3 * (decoded - start),
                detect=1e3 * (detected - decoded),
                classify=1e3 * (classified - detected),
            ),
            model_version=self.version,
            size=(picture.width, picture.height),
            pixels=picture.pixels,
            crops=tuple(crops),
        )

    def probability_happy(self, crop: NDArray[np.uint8]) -> float:
        """Judge one crop, without looking for faces in it.

        Args:
            crop: (height, width, 3) RGB or (height, width) grey, 0 to 255.

        Returns:
            The calibrated probability of happy, 0 to 1.
        """
        batch = preprocess(crop, self.preprocessing)[None]
        output = self._network.run(batch)[0].astype(np.float64)
        return float(apply_temperature(output, self._manifest.temperature)[0, 0])

    def explain(self, png: bytes) -> Explanation:
        """Explain the verdict on a face crop; see `model.prediction.occlusion.explain_crop`."""
        return explain_crop(self, png)

    def _crops(self, picture: DecodedImage, found: list[Face]) -> list[NDArray[np.uint8]]:
        image = Image.fromarray(picture.pixels)
        return [face_crop(image, face, self.preprocessing) for face in found]

    def _judge_faces(
        self, picture: DecodedImage, found: list[Face], crops: list[NDArray[np.uint8]]
    ) -> list[FaceVerdict]:
        height, width = picture.pixels.shape[:2]
        scale = (picture.width / width, picture.height / height)
        verdicts = []
        for face, crop in zip(found, crops, strict=True):
            probability = self.probability_happy(crop)
            verdicts.append(
                FaceVerdict(
                    box=_box_as_sent(face, scale),
                    score=face.score,
                    probability_happy=probability,
                    verdict=verdict_of(probability, self.sure_threshold),
                    confidence=confidence_of(probability),
                )
            )
        return verdicts


def mean_probability(probabilities: list[float]) -> float:
    """The probability of happy of a photo: the mean over its faces.

    Args:
        probabilities: of happy, one a face; at least one.

    Returns:
        Their mean, 0 to 1.
    """
    return sum(probabilities) / len(probabilities)


def _box_as_sent(face: Face, scale: tuple[float, float]) -> Box:
    """The face's box in pixels of the photo as sent, which may be larger than as decoded."""
    left, top, right, bottom = face.box
    return Box(
        round(left * scale[0]),
        round(top * scale[1]),
        round(right * scale[0]),
        round(bottom * scale[1]),
    )
