"""A model that answers what the test tells it to."""

import threading
from collections.abc import Mapping, Sequence
from typing import NoReturn

import numpy as np
from PIL import Image

from model.network.verdict import Verdict, confidence_of, verdict_of
from model.prediction.annotate import MOOD_NAMES
from model.prediction.results import (
    Box,
    Explanation,
    FaceInPhoto,
    FaceVerdict,
    Milliseconds,
    PhotoVerdict,
)

SURE_FROM = 0.7
NEUTRAL_ABOVE = 0.6
HAPPY = "😊 Happy, 97\u202f% sure"  # what the bot says of the default verdict
CROP = np.random.default_rng(1).integers(0, 256, (96, 96, 3), np.uint8)


def verdict_with(
    *faces: float,
    whole: float | None = None,
    version: str = "fake",
    neither: Sequence[float] = (),
) -> PhotoVerdict:
    """Return a verdict with a face for each probability of happy, or on the whole picture.

    Args:
        faces: probability of happy of each face.
        whole: probability of happy of the whole picture, when there is no face.
        version: of the model.
        neither: probability of neither of each face, from a model that tells it.
    """
    probability = whole if whole is not None else sum(faces) / len(faces)
    probability_neither = sum(neither) / len(neither) if neither else None
    neithers = neither or [None] * len(faces)
    return PhotoVerdict(
        verdict=verdict_of(probability, SURE_FROM, probability_neither, NEUTRAL_ABOVE),
        confidence=confidence_of(probability),
        probability_happy=probability,
        whole_picture=whole is not None,
        faces=tuple(
            FaceVerdict(
                Box(0, 0, 9, 9),
                0.9,
                face,
                verdict_of(face, SURE_FROM, face_neither, NEUTRAL_ABOVE),
                confidence_of(face),
                face_neither,
            )
            for face, face_neither in zip(faces, neithers, strict=True)
        ),
        milliseconds=Milliseconds(1, 1, 1),
        model_version=version,
        size=(10, 10),
        more_faces=False,
        missed_faces=False,
        rgb=Image.new("RGB", (10, 10)),
        crops=(CROP,) * len(faces),
        probability_neither=probability_neither,
    )


class FakePredictor:
    """Returns the verdict, or raises the error, that the test set for a picture.

    Args:
        version: the version that it claims to be.
    """

    def __init__(self, version: str = "fake") -> None:
        self.version = version
        self.outcomes: dict[bytes, PhotoVerdict | Exception] = {}
        self.default: PhotoVerdict | Exception = verdict_with(0.97, version=version)
        self.threads: set[str] = set()
        self.warm = False
        self.began = threading.Event()
        self.explained: list[bytes] = []
        self.places: list[FaceInPhoto | None] = []  # of the faces that were explained
        self.colors = {"orange", "blue"}  # that explanations have
        self.neither: float | None = None  # probability of neither that explanations are about
        self.gate = threading.Event()  # predictions wait until it is set
        self.gate.set()

    def predict(self, data: bytes) -> PhotoVerdict:
        self.threads.add(threading.current_thread().name)
        self.began.set()
        assert self.gate.wait(timeout=30)
        outcome = self.outcomes.get(data, self.default)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def explain(self, png: bytes, place: FaceInPhoto | None = None) -> Explanation:
        self.threads.add(threading.current_thread().name)
        assert self.gate.wait(timeout=30)
        self.explained.append(png)
        self.places.append(place)
        return Explanation(
            verdict=verdict_of(0.2, SURE_FROM, self.neither, NEUTRAL_ABOVE),
            confidence=0.8,
            probability_happy=0.2,
            model_version=self.version,
            has_orange="orange" in self.colors,
            has_blue="blue" in self.colors,
            heat_map=b"drawing of why",
        )

    def warm_up(self) -> None:
        self.warm = True


def fake_drawing(
    photo: PhotoVerdict, words: Mapping[Verdict, str], photo_number: int | None = None
) -> bytes:
    """Return in words what would be drawn; labels only if they are not English."""
    in_words = "" if words == MOOD_NAMES else f" with {', '.join(words.values())}"
    number = "" if photo_number is None else f" in photo {photo_number}"
    return f"drawing of {len(photo.faces)} faces{number}{in_words}".encode()


class Elsewhere(FakePredictor):
    """A version that the bot must not use itself."""

    def predict(self, _: bytes) -> NoReturn:
        raise AssertionError("judged by the bot itself")
