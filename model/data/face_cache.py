"""The faces found in photos, kept in a file, so that nobody searches a photo twice."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.perceptual_hash import Fingerprint
from model.network.preprocessing import Preprocessing

_SAVED_EVERY = 100  # photos; what an interruption may cost


@dataclass(frozen=True, slots=True)
class CachedFace:
    """What was found in a photo.

    Args:
        grey: (size, size) the largest face as the network sees it, or None if there is none.
        photo: fingerprint of the whole photo.
    """

    grey: NDArray[np.uint8] | None
    photo: Fingerprint


class FaceCache:
    """Remembers what was found in a photo until the photo or the way faces are cut changes.

    Args:
        file: an .npz file; a missing or damaged one counts as empty.
        settings: how faces are cut.
    """

    def __init__(self, file: Path, settings: Preprocessing) -> None:
        self._file = file
        self._settings = settings
        self._unsaved = 0
        self._found = self._load()

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
        """What was found in a photo, or None if that is not known."""
        return self._found.get(_key(photo))

    def put(self, photo: Path, found: CachedFace) -> None:
        """Remember what was found in a photo."""
        self._found[_key(photo)] = found
        self._unsaved += 1
        if self._unsaved >= _SAVED_EVERY:
            self.save()

    def save(self) -> None:
        """Write what is new into the file, whole or not at all."""
        if not self._unsaved:
            return
        blank = np.zeros((self._settings.size, self._settings.size), np.uint8)
        found = list(self._found.values())
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_name(f"_{self._file.name}")
        np.savez(
            unfinished,
            settings=np.array(repr(self._settings)),
            keys=np.array(list(self._found)),
            has_face=np.array([one.grey is not None for one in found]),
            greys=np.stack([blank if one.grey is None else one.grey for one in found]),
            bits=np.stack([one.photo.bits for one in found]),
            small=np.stack([one.photo.thumbnail for one in found]),
        )
        unfinished.replace(self._file)
        self._unsaved = 0


def _key(photo: Path) -> str:
    status = photo.stat()
    return f"{photo.resolve()}|{status.st_size}|{status.st_mtime_ns}"
