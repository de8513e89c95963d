"""What does not belong into a folder of training pictures, and putting it aside.

Nothing is deleted and nothing overwritten: files are moved into `_removed/<reason>/` under the
path that they had, or renamed where they are if only their name is wrong.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.image_folder import MOODS, list_files
from model.data.perceptual_hash import Fingerprint, find_duplicates, fingerprint
from model.errors import ImageError, ImageFileTooLargeError, ImageTooSmallError
from model.faces.detector import FaceDetector
from model.images.decoding import decode
from model.images.validation import MAX_BYTES, Format, sniff_format

REMOVED_FOLDER = "_removed"
MIN_SIDE = 32  # pixels of the shorter side; below it a face has too few to learn from
# Pixels of the longest side. Smaller pictures are taken for ready face crops: the detector misses
# one in sixteen of FER2013's, most of which do show a face.
MAX_CROP_SIDE = 96
_SUFFIXES = {
    Format.JPEG: (".jpg", ".jpeg"),
    Format.PNG: (".png",),
    Format.WEBP: (".webp",),
    Format.GIF: (".gif",),
    Format.HEIF: (".heic", ".heif"),
}
# What is called so is meant to be a picture; anything else is one only by its content.
_PICTURE_SUFFIXES = {
    *(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes),
    *(".jpe", ".jfif", ".bmp", ".tif", ".tiff", ".avif"),
}
_HEADER_BYTES = 4096  # enough to tell the format


class IssueType(StrEnum):
    """Why a file does not belong, in the order in which reasons are looked for."""

    UNREADABLE = "unreadable"
    TOO_SMALL = "tiny"
    NO_FACE = "no-face"
    CONTRADICTION = "contradiction"  # the same picture under different labels
    DUPLICATE = "duplicate"
    MISNAMED = "misnamed"


@dataclass(frozen=True, slots=True)
class Issue:
    """A file that does not belong.

    Args:
        file: its path, from the folder that is cleaned.
        reason: why; the first that holds.
        detail: more of it, for people.
        format: of its content, if it is misnamed.
    """

    file: Path
    type: IssueType
    detail: str
    format: Format | None = None


@dataclass(frozen=True, slots=True)
class _IntactImage:
    """A picture with nothing wrong in itself."""

    file: Path
    format: Format
    digest: bytes
    pixels: int
    fingerprint: Fingerprint


def list_images(folder: Path) -> list[Path]:
    """The pictures of a folder tree, by name or by content.

    Args:
        folder: to search.

    Returns:
        Their paths from that folder; hidden files, links and what lies in folders whose name
        starts with "_" are left out.
    """
    found = []
    for file in list_files(folder):
        path = file.relative_to(folder)
        aside = any(part.startswith("_") for part in path.parts[:-1])
        if not aside and not file.is_symlink() and _is_picture(file):
            found.append(path)
    return found


def _is_picture(file: Path) -> bool:
    if file.suffix.lower() in _PICTURE_SUFFIXES:
        return True
    try:
        with file.open("rb") as stream:
            return sniff_format(stream.read(_HEADER_BYTES)) is not None
    except OSError:
        return False


def find_issues(folder: Path, files: Iterable[Path], detector: FaceDetector) -> list[Issue]:
    """Find what does not belong.

    Args:
        folder: that is cleaned.
        files: the paths of its pictures, from that folder.
        detector: looks for faces.

    Returns:
        At most one finding a file, grouped by reason.
    """
    issues: list[Issue] = []
    sound: list[_IntactImage] = []
    for file in files:
        looked = _look(folder, file, detector)
        if isinstance(looked, Issue):
            issues.append(looked)
        else:
            sound.append(looked)
    issues += _same_pictures(sound)
    moved = {issue.file for issue in issues}
    issues += [
        Issue(one.file, IssueType.MISNAMED, f"is {one.format}", one.format)
        for one in sound
        if one.file not in moved and one.file.suffix.lower() not in _SUFFIXES[one.format]
    ]
    order = list(IssueType)
    return sorted(issues, key=lambda issue: order.index(issue.type))


def _look(folder: Path, file: Path, detector: FaceDetector) -> Issue | _IntactImage:
    try:
        size = (folder / file).stat().st_size
        if size > MAX_BYTES:
            raise ImageFileTooLargeError(size, MAX_BYTES)
        data = (folder / file).read_bytes()
        picture = decode(data)
    except ImageTooSmallError as error:
        return Issue(file, IssueType.TOO_SMALL, f"{error.width}×{error.height} pixels")
    except ImageError as error:
        return Issue(file, IssueType.UNREADABLE, str(error))
    except OSError as error:
        return Issue(file, IssueType.UNREADABLE, error.strerror or str(error))
    if min(picture.width, picture.height) < MIN_SIDE:
        return Issue(file, IssueType.TOO_SMALL, f"{picture.width}×{picture.height} pixels")
    if max(picture.width, picture.height) > MAX_CROP_SIDE and not _has_face(
        picture.pixels, detector
    ):
        return Issue(file, IssueType.NO_FACE, f"{picture.width}×{picture.height} pixels")
    image_format = sniff_format(data)
    assert image_format is not None  # noqa: S101 - it was decoded, and mypy cannot know
    return _IntactImage(
        file=file,
        format=image_format,
        digest=hashlib.sha256(data).digest(),
        pixels=picture.width * picture.height,
        fingerprint=fingerprint(picture.pixels),
    )


def _has_face(pixels: NDArray[np.uint8], detector: FaceDetector) -> bool:
    """Whether there is a face, also one that fills the picture, which the detector misses."""
    if detector.detect(pixels):
        return True
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    return bool(detector.detect(np.pad(pixels, ((height, height), (width, width), (0, 0)), "edge")))


def _same_pictures(sound: list[_IntactImage]) -> list[Issue]:
    issues = []
    for positions in find_duplicates([one.fingerprint for one in sound]) + _flat_copies(sound):
        group = sorted((sound[index] for index in positions), key=lambda one: -one.pixels)
        labels = {_label(one.file) for one in group}
        if len(labels) > 1:
            for one in group:
                others = ", ".join(str(other.file) for other in group if other is not one)
                issues.append(Issue(one.file, IssueType.CONTRADICTION, f"also at {others}"))
            continue
        kept = group[0]
        for one in group[1:]:
            how = "exact copy of" if one.digest == kept.digest else "nearly the same as"
            issues.append(Issue(one.file, IssueType.DUPLICATE, f"{how} {kept.file}"))
    return issues


def _flat_copies(sound: list[_IntactImage]) -> list[list[int]]:
    """Groups of equal files among pictures so flat that their fingerprints say nothing."""
    copies: dict[bytes, list[int]] = {}
    for index, one in enumerate(sound):
        if not one.fingerprint.thumbnail.any():
            copies.setdefault(one.digest, []).append(index)
    return [positions for positions in copies.values() if len(positions) > 1]


def _label(file: Path) -> str:
    """The mood among the folders of a path, or the folder that the file is in."""
    moods = [part for part in file.parts[:-1] if part in MOODS]
    return moods[-1] if moods else file.parent.name


def apply_fix(folder: Path, issue: Issue) -> Path:
    """Move a file out of the way, or rename it if only its name is wrong.

    Args:
        folder: that is cleaned.
        finding: the file and the reason.

    Returns:
        Its new path, from that folder; with a number where the name was taken.

    Raises:
        OSError: it cannot be moved.
    """
    if issue.format is not None:
        target = folder / _renamed(issue.file, _SUFFIXES[issue.format][0])
    else:
        target = folder / REMOVED_FOLDER / issue.type / issue.file
    target.parent.mkdir(parents=True, exist_ok=True)
    target = _free(target)
    (folder / issue.file).rename(target)
    return target.relative_to(folder)


def _renamed(file: Path, suffix: str) -> Path:
    """With the right suffix, in place of a wrong one but not of any other end of the name."""
    if file.suffix.lower() in _PICTURE_SUFFIXES:
        return file.with_suffix(suffix)
    return file.with_name(file.name + suffix)


def _free(path: Path) -> Path:
    """The path, or one beside it that no file has."""
    number, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return free
