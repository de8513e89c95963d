"""From a photo file to the mood of its faces. Serving needs nothing else, and no TensorFlow."""

import logging
from dataclasses import replace
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.errors import ImageError, UnreadableVideoError
from model.faces.crops import face_crop
from model.faces.detector import Detection, FaceDetector
from model.faces.face import Face
from model.images.decoding import DecodedImage, decode
from model.images.video import DecodedFrame, is_video, open_frames
from model.network.manifest import SHIPPED, read_manifest
from model.network.mood_network import MoodNetwork
from model.network.preprocessing import Preprocessing, preprocess
from model.network.verdict import MoodProbabilities, Verdict, confidence_of, verdict_of
from model.prediction.color_baseline import probability_by_color
from model.prediction.occlusion import explain_crop
from model.prediction.photo_mood import photo_probabilities
from model.prediction.reading_order import reading_order
from model.prediction.results import (
    Box,
    Explanation,
    FaceInPhoto,
    FaceVerdict,
    Milliseconds,
    PhotoVerdict,
    VideoFrame,
)
from model.prediction.sharp_crop import sharp_crop

logger = logging.getLogger(__name__)

MAX_FACES = 40  # of a photo; the largest are judged
# Processor time after which no face is looked for in a further frame of a video; one takes 0.1 s.
MAX_DETECT_S = 4.0


class Predictor:
    """A loaded model; any number of threads may use it at once.

    Args:
        folder: the model folder; by default that of the shipped model.
        detector: by default a new one. Loading it takes most of the time, so several predictors
            should share one.

    Raises:
        ModelNotFoundError: a file of the model is missing.
        ModelDamagedError: a file of the model does not match its manifest.
    """

    def __init__(self, folder: Path | None = None, detector: FaceDetector | None = None) -> None:
        folder = folder or SHIPPED
        self._manifest = read_manifest(folder)
        self._network = MoodNetwork(folder, self._manifest)
        self._detector = detector or FaceDetector()

    @property
    def version(self) -> str:
        """Name of the model."""
        return self._manifest.version

    @property
    def sure_threshold(self) -> float:
        """Lowest confidence of a sure verdict, 0.5 to 1."""
        return self._manifest.sure_threshold

    @property
    def neutral_threshold(self) -> float | None:
        """Probability of neither above which a verdict is neutral; None if it never is."""
        return None if self._manifest.neither is None else self._manifest.neither.threshold

    @property
    def preprocessing(self) -> Preprocessing:
        """Parameters of cutting and preprocessing faces."""
        return self._manifest.preprocessing

    def warm_up(self) -> None:
        """Create the calling thread's interpreters, so that its first photo is not slow."""
        blank = np.zeros((64, 64, 3), np.uint8)
        self._detector.detect(Image.fromarray(blank))
        self.probability_happy(blank)

    def predict(self, data: bytes) -> PhotoVerdict:
        """Predict the mood of a photo and of each face in it.

        Args:
            data: content of an image file, or of a video. Of a video, the first frame with a face
                is judged, out of several spread over it; the first of them, if none has a face.

        Returns:
            The verdicts. The mood of a photo without a face is estimated from its colours, because
            the network has been trained on faces only.

        Raises:
            ImageError: the file cannot be used.
        """
        start = perf_counter()
        if is_video(data):
            return self._predict_video(data)
        image = decode(data)
        return self.predict_image(image, decode_ms=1e3 * (perf_counter() - start))

    def predict_image(self, image: DecodedImage, decode_ms: float = 0.0) -> PhotoVerdict:
        """Predict the mood of a photo that is decoded already.

        Args:
            image: the photo.
            decode_ms: the time that it took to decode it.
        """
        start = perf_counter()
        detection = self._detector.detect_with_doubts(image.rgb)
        return self._judge(image, detection, decode_ms, 1e3 * (perf_counter() - start))

    def _predict_video(self, data: bytes) -> PhotoVerdict:
        start, start_of_work = perf_counter(), thread_time()
        detect_s, looked_at = 0.0, 0
        first: tuple[DecodedFrame, Detection] | None = None
        with open_frames(data) as frames:
            for frame in frames:
                decoded = perf_counter()
                detection = self._detector.detect_with_doubts(frame.image.rgb)
                detect_s += perf_counter() - decoded
                looked_at += 1
                if first is None or detection.faces:
                    first = frame, detection
                if detection.faces or thread_time() - start_of_work > MAX_DETECT_S:
                    break
        if first is None:
            raise UnreadableVideoError
        frame, detection = first
        decode_s = perf_counter() - start - detect_s
        verdict = self._judge(frame.image, detection, 1e3 * decode_s, 1e3 * detect_s)
        return replace(verdict, frame=VideoFrame(frame.at_s, looked_at))

    def _judge(
        self, image: DecodedImage, detection: Detection, decode_ms: float, detect_ms: float
    ) -> PhotoVerdict:
        start = perf_counter()
        shown = _in_reading_order(image, detection.faces[:MAX_FACES])
        crops = self._crops(image, shown)
        faces = self._classify_faces(image, shown, crops)
        if faces:
            probabilities = photo_probabilities(faces)
        else:
            probabilities = MoodProbabilities(probability_by_color(image.rgb))
        return PhotoVerdict(
            # Colours alone never make it sure, however low the threshold.
            verdict=self.verdict(probabilities) if faces else Verdict.UNSURE,
            confidence=confidence_of(probabilities.happy),
            probability_happy=probabilities.happy,
            probability_neither=probabilities.neither,
            whole_picture=not faces,
            faces=tuple(faces),
            more_faces=len(detection.faces) > MAX_FACES,
            missed_faces=detection.has_rejected,
            milliseconds=Milliseconds(
                decode=decode_ms,
                detect=detect_ms,
                classify=1e3 * (perf_counter() - start),
            ),
            model_version=self.version,
            size=(image.width, image.height),
            rgb=image.rgb,
            crops=tuple(crops),
        )

    def probabilities(self, crop: NDArray[np.uint8]) -> MoodProbabilities:
        """Return the calibrated probabilities of a face crop.

        Args:
            crop: (height, width, 3) RGB or (height, width) grey, 0 to 255.
        """
        return self._network.probabilities(preprocess(crop, self.preprocessing))

    def probability_happy(self, crop: NDArray[np.uint8]) -> float:
        """Return the calibrated probability that a happy or sad face crop is happy, 0 to 1.

        Args:
            crop: (height, width, 3) RGB or (height, width) grey, 0 to 255.
        """
        return self.probabilities(crop).happy

    def verdict(self, probabilities: MoodProbabilities) -> Verdict:
        """Return the verdict that this model's thresholds give."""
        neither = self._manifest.neither
        return verdict_of(
            probabilities.happy,
            self.sure_threshold,
            probabilities.neither,
            1.0 if neither is None else neither.threshold,
        )

    def explain(self, png: bytes, place: FaceInPhoto | None = None) -> Explanation:
        """Explain the verdict on a face crop; see `model.prediction.occlusion.explain_crop`.

        Args:
            png: the crop.
            place: where the face is, for a sharp picture; None if the photo is not at hand.
        """
        shown = None
        if place is not None:
            try:
                shown = sharp_crop(place, self._detector, self.preprocessing)
            except ImageError as error:
                logger.warning("A photo cannot be used that was judged before: %r", error)
        return explain_crop(self, png, shown)

    def _crops(self, image: DecodedImage, faces: list[Face]) -> list[NDArray[np.uint8]]:
        return [face_crop(image.rgb, face, self.preprocessing) for face in faces]

    def _classify_faces(
        self, image: DecodedImage, faces: list[Face], crops: list[NDArray[np.uint8]]
    ) -> list[FaceVerdict]:
        verdicts = []
        for face, crop in zip(faces, crops, strict=True):
            probabilities = self.probabilities(crop)
            verdicts.append(
                FaceVerdict(
                    box=_box_as_sent(image, face),
                    score=face.score,
                    probability_happy=probabilities.happy,
                    verdict=self.verdict(probabilities),
                    confidence=confidence_of(probabilities.happy),
                    probability_neither=probabilities.neither,
                )
            )
        return verdicts


def _in_reading_order(image: DecodedImage, faces: list[Face]) -> list[Face]:
    return [faces[index] for index in reading_order([_box_as_sent(image, face) for face in faces])]


def _box_as_sent(image: DecodedImage, face: Face) -> Box:
    """Scale a face's box to the photo as sent, which may be larger than as decoded."""
    width, height = image.rgb.size
    scale = (image.width / width, image.height / height)
    left, top, right, bottom = face.box
    return Box(
        round(left * scale[0]),
        round(top * scale[1]),
        round(right * scale[0]),
        round(bottom * scale[1]),
    )
