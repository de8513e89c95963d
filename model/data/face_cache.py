"""A file of the faces found in photos, so that no photo is searched twice."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.perceptual_hash import Fingerprint
from model.network.preprocessing import Preprocessing

_SAVE_EVERY = 100  # photos; an interruption loses at most this many


@dataclass(frozen=True, slots=True)
class CachedFace:
    """The result of searching a photo for faces.

    Attributes:
        grey: (size, size) the largest face as the network sees it, or None if there is none.
        photo: fingerprint of the whole photo.
    """

    grey: NDArray[np.uint8] | None
    photo: Fingerprint


class FaceCache:
    """Faces by photo, valid until the photo or the preprocessing changes.

    Args:
        file: an .npz file; a missing or damaged one counts as empty.
        settings: how faces are cut out.
    """

    def __init__(self, file: Path, settings: Preprocessing) -> None:
        self._file = file
        self._settings = settings
        self._unsaved = 0
        self._faces = self._load()

    def _load(self) -> dict[str, CachedFace]:
        try:
            with self._file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                if str(stored["settings"]) != repr(self._settings):
                    return {}
                columns = [stored[name] for name in ("keys", "has_face", "greys", "bits", "small")]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return {}
        return {
            str(key): CachedFace(grey if has_face else None, Fingerprint(bits, small))
            for key, has_face, grey, bits, small in zip(*columns, strict=True)
        }

    def get(self, photo: Path) -> CachedFace | None:
        """Return what was found in a photo, or None if it was not searched yet."""
        return self._faces.get(_key(photo))

    def put(self, photo: Path, face: CachedFace) -> None:
        """Store what was found in a photo."""
        self._faces[_key(photo)] = face
        self._unsaved += 1
        if self._unsaved >= _SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write new entries to the file, which is replaced in one step."""
        if not self._unsaved:
            return
        blank = np.zeros((self._settings.size, self._settings.size), np.uint8)
        faces = list(self._faces.values())
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_name(f"_{self._file.name}")
        np.savez(
            draft,
            settings=np.array(repr(self._settings)),
            keys=np.array(list(self._faces)),
            has_face=np.array([face.grey is not None for face in faces]),
            greys=np.stack([blank if face.grey is None else face.grey for face in faces]),
            bits=np.stack([face.photo.bits for face in faces]),
            small=np.stack([face.photo.thumbnail for face in faces]),
        )
        draft.replace(self._file)
        self._unsaved = 0


def _key(photo: Path) -> str:
    status = photo.stat()
    return f"{photo.resolve()}|{status.st_size}|{status.st_mtime_ns}"
