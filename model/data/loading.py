"""From folders of pictures to labelled faces: cut from whole photos, or face crops already."""

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
from model.errors import ImageError
from model.faces.crops import face_crop
from model.faces.detector import FaceDetector
from model.images.decoding import decode
from model.network.preprocessing import Preprocessing, to_grey

# Called with each picture that is left out, and the reason.
OnSkipped = Callable[[Path, str], None]
# Called with the pictures; what it gives is gone through. Shows how far that is.
ProgressBar = Callable[[Sequence[LabeledImage]], Iterable[LabeledImage]]
NO_FACE = "no face found"


@dataclass(frozen=True, slots=True)
class LoadedFaces:
    """The faces of one part of a data set.

    Args:
        faces: one a picture.
        photos: fingerprints of the photos they were cut from; empty if the pictures were crops.
        left_out: how many pictures gave no face, by reason.
    """

    faces: FaceSet
    photos: list[Fingerprint] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)


class CropReader:
    """Takes pictures as face crops.

    Args:
        settings: say the size.
    """

    gives = "readable pictures"
    advice = ""

    def __init__(self, settings: Preprocessing) -> None:
        self._settings = settings

    def read(self, file: Path) -> tuple[NDArray[np.uint8], Fingerprint | None]:
        """The picture in grey, at the network's size, and no photo's fingerprint."""
        return to_grey(decode(file.read_bytes()).pixels, self._settings), None

    def close(self) -> None:
        """Nothing is open."""


class PhotoReader:
    """Cuts the face out of whole photos, as serving cuts it.

    Args:
        settings: say the margin and the size.
        cache: file that remembers the faces.
    """

    gives = "pictures in which a face was found"
    advice = " (if they are face crops already, give --crops)"

    def __init__(self, settings: Preprocessing, cache: Path) -> None:
        self._settings = settings
        self._cache = FaceCache(cache, settings)
        self._detector = FaceDetector()

    def read(self, file: Path) -> tuple[NDArray[np.uint8] | None, Fingerprint | None]:
        """The largest face in grey, at the network's size, or None; the photo's fingerprint.

        Only the largest: a photo's label is about the person it shows, and what faces in the
        background do is anyone's guess.
        """
        found = self._cache.get(file)
        if found is None:
            found = self._search(decode(file.read_bytes()).pixels)
            self._cache.put(file, found)
        return found.grey, found.photo

    def _search(self, pixels: NDArray[np.uint8]) -> CachedFace:
        faces = self._detector.detect(pixels)
        if not faces:
            return CachedFace(None, fingerprint(pixels))
        crop = face_crop(Image.fromarray(pixels), faces[0], self._settings)
        return CachedFace(to_grey(crop, self._settings), fingerprint(pixels))

    def close(self) -> None:
        """Write what was found into the cache."""
        self._cache.save()


def load_faces(
    layout: FolderLayout,
    reader: CropReader | PhotoReader,
    settings: Preprocessing,
    skipped: OnSkipped,
    progress: ProgressBar,
) -> dict[str, LoadedFaces]:
    """Read all pictures of a data set.

    Args:
        layout: the pictures.
        reader: makes faces of them.
        settings: say the faces' size.
        left_out: told of each picture that is left out.
        progress: told of the pictures, part by part.

    Returns:
        For each part of the layout its faces, in the layout's order.

    Raises:
        DatasetError: too few of the happy or sad pictures have a face that can be used.
    """
    try:
        loaded = {
            part: _gather_part(pictures, layout.names, reader, settings, skipped, progress)
            for part, pictures in layout.parts.items()
        }
    finally:
        reader.close()
    for part, one in loaded.items():
        counts = count_labels(one.faces.labels.tolist(), layout.names)
        require_min_images(counts, part, reader.gives, reader.advice)
    return loaded


def _gather_part(
    pictures: Sequence[LabeledImage],
    names: tuple[str, ...],
    reader: CropReader | PhotoReader,
    settings: Preprocessing,
    skipped: OnSkipped,
    progress: ProgressBar,
) -> LoadedFaces:
    greys: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    photos: list[Fingerprint] = []
    reasons: Counter[str] = Counter()
    for picture in progress(pictures):
        try:
            grey, photo = reader.read(picture.file)
        except (ImageError, OSError) as error:
            reasons["unreadable"] += 1
            skipped(picture.file, getattr(error, "strerror", None) or str(error))
            continue
        if grey is None:
            reasons[NO_FACE] += 1
            skipped(picture.file, NO_FACE)
            continue
        greys.append(grey)
        labels.append(names.index(picture.label))
        if photo is not None:
            photos.append(photo)
    blank = np.zeros((0, settings.size, settings.size), np.uint8)
    faces = FaceSet(np.stack(greys) if greys else blank, np.asarray(labels, np.intp))
    return LoadedFaces(faces, photos, dict(reasons))
