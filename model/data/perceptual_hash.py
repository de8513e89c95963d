"""Find pictures that are the same although their files differ: resized, saved again, retouched.

A difference hash holds one bit for each of 16×16 places: whether the picture gets brighter to the
right (Krawetz 2013, "Kind of Like That"). Where a picture is flat these bits are noise, so two
pictures count as duplicates only if their thumbnails are strongly correlated, too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 16
# Among 9000 face crops, all pairs up to this distance showed the same picture, judged by eye,
# except blank ones, which the correlation tells apart. Pairs of different people begin at about 50.
MAX_DISTANCE = 32
MIN_CORRELATION = 0.95
_MIN_DEVIATION = 2.0  # grey levels; a thumbnail with less has no structure to compare
_ROWS = 256  # pictures compared with all others at once; limits the memory


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The perceptual hash of a picture.

    Attributes:
        bits: (4,) the 256 bits of the difference hash.
        thumbnail: (256,) grey levels with zero mean and unit length; all zero if it is flat.
    """

    bits: NDArray[np.uint64]
    thumbnail: NDArray[np.float32]


def fingerprint(pixels: NDArray[np.uint8]) -> Fingerprint:
    """Compute the fingerprint of a picture, which is nearly the same at any size.

    Args:
        pixels: (height, width, 3) RGB, or (height, width) grey.
    """
    grey = Image.fromarray(pixels).convert("L")
    small = grey.resize((_SIDE + 1, _SIDE), Image.Resampling.BOX, reducing_gap=3.0)
    levels = np.asarray(small, np.float32)
    bits = np.packbits(levels[:, 1:] > levels[:, :-1]).view(np.uint64)
    thumbnail = levels[:, :-1].ravel()
    thumbnail = thumbnail - thumbnail.mean()
    if thumbnail.std() < _MIN_DEVIATION:
        return Fingerprint(bits, np.zeros_like(thumbnail))
    return Fingerprint(bits, thumbnail / np.linalg.norm(thumbnail))


def find_duplicates(fingerprints: list[Fingerprint]) -> list[list[int]]:
    """Group the pictures that are the same.

    Returns:
        The positions of each group of at least two, in ascending order. A picture that resembles
        one of a group belongs to the group.
    """
    if not fingerprints:
        return []
    bits = np.stack([one.bits for one in fingerprints])
    thumbnails = np.stack([one.thumbnail for one in fingerprints])
    parents = list(range(len(fingerprints)))
    for start in range(0, len(fingerprints), _ROWS):
        rows = slice(start, start + _ROWS)
        correlation = thumbnails[rows] @ thumbnails.T
        same = (_distances(bits[rows], bits) <= MAX_DISTANCE) & (correlation >= MIN_CORRELATION)
        for row, other in zip(*np.nonzero(same), strict=True):
            _union(parents, start + int(row), int(other))
    members: dict[int, list[int]] = {}
    for index in range(len(fingerprints)):
        members.setdefault(_find_root(parents, index), []).append(index)
    return [group for group in members.values() if len(group) > 1]


def _distances(bits: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Return the Hamming distances of all pairs, (len(bits), len(others))."""
    distances = np.zeros((len(bits), len(others)), np.uint16)
    # One of the four words at a time: half the memory of doing all at once.
    for word in range(bits.shape[1]):
        distances += np.bitwise_count(bits[:, None, word] ^ others[None, :, word])
    return distances


def _find_root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]  # path halving, for the next time
        index = parents[index]
    return index


def _union(parents: list[int], one: int, other: int) -> None:
    first, second = sorted((_find_root(parents, one), _find_root(parents, other)))
    parents[second] = first
