"""Find files that do not belong in a folder of training pictures, and move them aside.

Nothing is deleted or overwritten: files are moved to `_removed/<issue>/`, under the path that they
had, or renamed where they are if only their name is wrong.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from PIL import Image

from model.data.image_folder import MOODS, list_files
from model.data.perceptual_hash import Fingerprint, find_duplicates, fingerprint
from model.errors import ImageError, ImageFileTooLargeError, ImageTooSmallError
from model.faces.detector import FaceDetector
from model.images.decoding import DecodedImage, decode
from model.images.validation import MAX_BYTES, Format, sniff_format

REMOVED_FOLDER = "_removed"
MIN_SIDE = 32  # pixels of the shorter side; a smaller face has too few to learn from
# Pixels of the longer side. Smaller pictures count as face crops, in which no face is searched for:
# the detector misses one in sixteen of FER2013's, most of which do show a face.
MAX_CROP_SIDE = 96
_SUFFIXES = {
    Format.JPEG: (".jpg", ".jpeg"),
    Format.PNG: (".png",),
    Format.WEBP: (".webp",),
    Format.GIF: (".gif",),
    Format.HEIF: (".heic", ".heif"),
}
# A file with one of these suffixes is meant to be a picture; any other only if its content is one.
_PICTURE_SUFFIXES = {
    *(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes),
    *(".jpe", ".jfif", ".bmp", ".tif", ".tiff", ".avif"),
}
_HEADER_BYTES = 4096  # enough to recognise the format


class IssueType(StrEnum):
    """What is wrong with a file. Of several issues, the first in this order counts."""

    UNREADABLE = "unreadable"
    TOO_SMALL = "tiny"
    NO_FACE = "no-face"
    CONTRADICTION = "contradiction"  # the same picture under different labels
    DUPLICATE = "duplicate"
    MISNAMED = "misnamed"


@dataclass(frozen=True, slots=True)
class Issue:
    """A file that does not belong.

    Attributes:
        file: its path, relative to the folder that is cleaned.
        type: what is wrong with it.
        detail: the same in more detail, for people.
        format: format of its content, if it is misnamed.
    """

    file: Path
    type: IssueType
    detail: str
    format: Format | None = None


@dataclass(frozen=True, slots=True)
class _IntactImage:
    """A picture that has no issue by itself, but may be a duplicate or misnamed."""

    file: Path
    format: Format | None
    digest: bytes
    pixels: int
    is_link: bool
    fingerprint: Fingerprint


def list_images(folder: Path) -> list[Path]:
    """List the pictures of a folder tree, recognised by their name or their content.

    Returns:
        Their paths relative to the folder, without hidden files and files in folders whose name
        starts with "_". Links count.
    """
    found = []
    for file in list_files(folder):
        path = file.relative_to(folder)
        excluded = any(part.startswith("_") for part in path.parts[:-1])
        if not excluded and _is_image(file):
            found.append(path)
    return found


def _is_image(file: Path) -> bool:
    if file.suffix.lower() in _PICTURE_SUFFIXES:
        return True
    try:
        with file.open("rb") as stream:
            return sniff_format(stream.read(_HEADER_BYTES)) is not None
    except OSError:
        return False


def find_issues(folder: Path, files: Iterable[Path], detector: FaceDetector) -> list[Issue]:
    """Find the files that do not belong.

    Args:
        folder: the folder to clean.
        files: the paths of its pictures, relative to it.
        detector: searches the pictures for faces.

    Returns:
        At most one issue a file, grouped by type.
    """
    issues: list[Issue] = []
    images: list[_IntactImage] = []
    for file in files:
        result = _inspect(folder, file, detector)
        if isinstance(result, Issue):
            issues.append(result)
        else:
            images.append(result)
    issues += _duplicates(images)
    to_move = {issue.file for issue in issues}
    issues += _misnamed(image for image in images if image.file not in to_move)
    order = list(IssueType)
    return sorted(issues, key=lambda issue: order.index(issue.type))


def _inspect(folder: Path, file: Path, detector: FaceDetector) -> Issue | _IntactImage:
    try:
        size = (folder / file).stat().st_size
        if size > MAX_BYTES:
            raise ImageFileTooLargeError(size, MAX_BYTES)
        data = (folder / file).read_bytes()
        image = decode(data)
    except ImageTooSmallError as error:
        return Issue(file, IssueType.TOO_SMALL, f"{error.width}×{error.height} pixels")
    except ImageError as error:
        return Issue(file, IssueType.UNREADABLE, str(error))
    except OSError as error:
        return Issue(file, IssueType.UNREADABLE, error.strerror or str(error))
    if problem := _problem_of(image, detector):
        return Issue(file, problem, f"{image.width}×{image.height} pixels")
    return _IntactImage(
        file=file,
        format=sniff_format(data),
        digest=hashlib.sha256(data).digest(),
        pixels=image.width * image.height,
        is_link=(folder / file).is_symlink(),
        fingerprint=fingerprint(image.pixels),
    )


def _problem_of(image: DecodedImage, detector: FaceDetector) -> IssueType | None:
    if min(image.width, image.height) < MIN_SIDE:
        return IssueType.TOO_SMALL
    if max(image.width, image.height) > MAX_CROP_SIDE and not _has_face(image.rgb, detector):
        return IssueType.NO_FACE
    return None


def _has_face(photo: Image.Image, detector: FaceDetector) -> bool:
    if detector.detect(photo):
        return True
    # The detector misses faces that fill the picture, and finds them with a border around them.
    width, height = photo.width // 2, photo.height // 2
    bordered = np.pad(np.asarray(photo), ((height, height), (width, width), (0, 0)), "edge")
    return bool(detector.detect(Image.fromarray(bordered)))


def _duplicates(images: list[_IntactImage]) -> list[Issue]:
    """Return an issue for each copy, or for all copies if they have different labels."""
    issues = []
    for positions in find_duplicates([image.fingerprint for image in images]) + _equal_flat(images):
        group = sorted((images[index] for index in positions), key=_worth_keeping, reverse=True)
        if len({_label(image.file) for image in group}) > 1:
            issues += _contradictions(group)
            continue
        kept = group[0]
        for image in group[1:]:
            how = "exact copy of" if image.digest == kept.digest else "nearly the same as"
            issues.append(Issue(image.file, IssueType.DUPLICATE, f"{how} {kept.file}"))
    return issues


def _worth_keeping(image: _IntactImage) -> tuple[int, bool]:
    """Order copies: the largest is kept, and a file rather than a link to it."""
    return image.pixels, not image.is_link


def _contradictions(group: list[_IntactImage]) -> list[Issue]:
    issues = []
    for image in group:
        others = ", ".join(str(other.file) for other in group if other is not image)
        issues.append(Issue(image.file, IssueType.CONTRADICTION, f"also at {others}"))
    return issues


def _equal_flat(images: list[_IntactImage]) -> list[list[int]]:
    """Group the equal files among pictures that are too flat for their fingerprints to tell."""
    copies: dict[bytes, list[int]] = {}
    for index, image in enumerate(images):
        if not image.fingerprint.thumbnail.any():
            copies.setdefault(image.digest, []).append(index)
    return [positions for positions in copies.values() if len(positions) > 1]


def _misnamed(images: Iterable[_IntactImage]) -> list[Issue]:
    return [
        Issue(image.file, IssueType.MISNAMED, f"is {image.format}", image.format)
        for image in images
        if image.format and image.file.suffix.lower() not in _SUFFIXES[image.format]
    ]


def _label(file: Path) -> str:
    """Return the mood among the folders of a path, or else the folder that the file is in."""
    names = [part.lower() for part in file.parts[:-1]]
    moods = [name for name in names if name in MOODS]
    return moods[-1] if moods else file.parent.name.lower()


def apply_fix(folder: Path, issue: Issue) -> Path:
    """Move a file aside, or rename it if only its name is wrong.

    Args:
        folder: the folder that is cleaned.
        issue: the file, and what is wrong with it.

    Returns:
        The file's new path, relative to the folder; with a number if the name was taken.

    Raises:
        OSError: the file cannot be moved.
    """
    if issue.format is not None:
        target = folder / _with_suffix(issue.file, _SUFFIXES[issue.format][0])
    else:
        target = folder / REMOVED_FOLDER / issue.type / issue.file
    target.parent.mkdir(parents=True, exist_ok=True)
    target = _unused(target)
    _move(folder / issue.file, target)
    return target.relative_to(folder)


def _move(file: Path, target: Path) -> None:
    """Move a file, or a link so that it still leads to the same file."""
    if file.is_symlink():
        target.symlink_to(file.resolve())
        file.unlink()
    else:
        file.rename(target)


def _with_suffix(file: Path, suffix: str) -> Path:
    """Replace the suffix of another picture format; add the suffix to any other name."""
    if file.suffix.lower() in _PICTURE_SUFFIXES:
        return file.with_suffix(suffix)
    return file.with_name(file.name + suffix)


def _unused(path: Path) -> Path:
    """Return the path, or one with a number if a file has it already."""
    number, unused = 2, path
    while unused.exists():
        unused = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return unused
