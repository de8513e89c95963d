"""Load the faces of a data set: cut out of whole photos, or from files that are face crops."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.data.face_cache import CachedFace, FaceCache
from model.data.face_set import FaceSet
from model.data.folder_layout import FolderLayout, count_labels, require_min_images
from model.data.image_folder import LabeledImage
from model.data.perceptual_hash import Fingerprint, fingerprint
from model.data.votes import EXPRESSIONS, Votes
from model.errors import ImageError
from model.faces.crops import face_crop
from model.faces.detector import FaceDetector
from model.images.decoding import decode
from model.network.preprocessing import Preprocessing, to_grey

# Called for each picture that is skipped, with the reason.
OnSkipped = Callable[[Path, str], None]
# Wraps the pictures in something that shows progress while they are iterated over, such as tqdm.
ProgressBar = Callable[[Sequence[LabeledImage]], Iterable[LabeledImage]]
NO_FACE = "no face found"


@dataclass(frozen=True, slots=True)
class LoadedFaces:
    """The faces of one part of a data set.

    Attributes:
        faces: one face a picture.
        photos: fingerprints of the photos that they were cut out of; empty for face crops.
        skipped: how many pictures gave no face, by reason.
    """

    faces: FaceSet
    photos: list[Fingerprint] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)


class CropReader:
    """Reads pictures that are face crops."""

    counted = "readable pictures"
    advice = ""

    def __init__(self, settings: Preprocessing) -> None:
        self._settings = settings

    def read(self, file: Path) -> tuple[NDArray[np.uint8], Fingerprint | None]:
        """Return the picture in grey at the network's size, and no fingerprint of a photo."""
        return to_grey(decode(file.read_bytes()).pixels, self._settings), None

    def close(self) -> None:
        """Do nothing: no file is open."""


class PhotoReader:
    """Reads whole photos, and cuts the face out as the bot does.

    Args:
        settings: margin and size of the faces.
        cache: file that keeps the faces found.
    """

    counted = "pictures in which a face was found"
    advice = " (if they are face crops already, give --crops)"

    def __init__(self, settings: Preprocessing, cache: Path) -> None:
        self._settings = settings
        self._cache = FaceCache(cache, settings)
        self._detector = FaceDetector()

    def read(self, file: Path) -> tuple[NDArray[np.uint8] | None, Fingerprint | None]:
        """Return the largest face in grey at the network's size, or None, and the fingerprint.

        Only the largest face is used: the label of a photo is about the person it shows, and says
        nothing about faces in the background.
        """
        face = self._cache.get(file)
        if face is None:
            face = self._detect(decode(file.read_bytes()).rgb)
            self._cache.put(file, face)
        return face.grey, face.photo

    def _detect(self, photo: Image.Image) -> CachedFace:
        faces, copies = self._detector.detect(photo), fingerprint(np.asarray(photo))
        if not faces:
            return CachedFace(None, copies)
        crop = face_crop(photo, faces[0], self._settings)
        return CachedFace(to_grey(crop, self._settings), copies)

    def close(self) -> None:
        """Save the faces found in the cache's file."""
        self._cache.save()


def load_faces(
    layout: FolderLayout,
    reader: CropReader | PhotoReader,
    settings: Preprocessing,
    on_skipped: OnSkipped,
    progress: ProgressBar,
) -> dict[str, LoadedFaces]:
    """Read all pictures of a data set.

    Args:
        layout: the pictures.
        reader: turns a picture into a face.
        settings: size of the faces.
        on_skipped: called for each picture that is skipped.
        progress: shows progress, part by part.

    Returns:
        The faces of each part of the layout, in the layout's order.

    Raises:
        DatasetError: too few of the happy or sad pictures have a usable face.
    """
    try:
        loaded = {
            part: _load_part(images, layout.names, reader, settings, on_skipped, progress)
            for part, images in layout.parts.items()
        }
    finally:
        reader.close()
    for part, faces in loaded.items():
        counts = count_labels(faces.faces.labels.tolist(), layout.names)
        require_min_images(counts, part, reader.counted, reader.advice)
    return loaded


def _load_part(
    images: Sequence[LabeledImage],
    names: tuple[str, ...],
    reader: CropReader | PhotoReader,
    settings: Preprocessing,
    on_skipped: OnSkipped,
    progress: ProgressBar,
) -> LoadedFaces:
    greys: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    votes: list[Votes | None] = []
    photos: list[Fingerprint] = []
    skipped: Counter[str] = Counter()
    for image in progress(images):
        try:
            grey, photo = reader.read(image.file)
        except (ImageError, OSError) as error:
            skipped["unreadable"] += 1
            on_skipped(image.file, getattr(error, "strerror", None) or str(error))
            continue
        if grey is None:
            skipped[NO_FACE] += 1
            on_skipped(image.file, NO_FACE)
            continue
        greys.append(grey)
        labels.append(names.index(image.label))
        votes.append(image.votes)
        if photo is not None:
            photos.append(photo)
    empty = np.zeros((0, settings.size, settings.size), np.uint8)
    faces = FaceSet(
        np.stack(greys) if greys else empty, np.asarray(labels, np.intp), _as_array(votes)
    )
    return LoadedFaces(faces, photos, dict(skipped))


def _as_array(votes: Sequence[Votes | None]) -> NDArray[np.float32] | None:
    if not any(votes):
        return None
    nobody = (0.0,) * len(EXPRESSIONS)
    return np.array([one or nobody for one in votes], np.float32)
