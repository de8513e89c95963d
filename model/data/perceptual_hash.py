"""Pictures that are the same although their files differ: resized, saved again, retouched.

A difference hash says of each of 16×16 places whether the picture becomes brighter to the right
(Krawetz 2013, "Kind of Like That"). Where a picture is flat these bits are noise, so two pictures
count as the same only if their thumbnails are also strongly correlated.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 16
BITS = _SIDE * _SIDE
# Among 9000 face crops, pairs up to this distance were by eye all of one picture, but for blank
# ones, which the correlation tells apart; those of different people begin at about 50.
MAX_DISTANCE = 32
MIN_CORRELATION = 0.95
_MIN_DEVIATION = 2.0  # grey levels; a thumbnail with less has no structure to compare
_ROWS = 256  # compared with all pictures at once; bounds the memory


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a picture is recognised by.

    Args:
        bits: (4,) the 256 bits of the difference hash.
        thumbnail: (256,) grey levels, zero mean and unit length; all zero if it is flat.
    """

    bits: NDArray[np.uint64]
    thumbnail: NDArray[np.float32]


def fingerprint(pixels: NDArray[np.uint8]) -> Fingerprint:
    """Take a picture's fingerprint.

    Args:
        pixels: (height, width, 3) RGB.

    Returns:
        The fingerprint; the same at any size of the picture, nearly.
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


def find_duplicates(prints: list[Fingerprint]) -> list[list[int]]:
    """Put together the pictures that are the same.

    Args:
        prints: of the pictures.

    Returns:
        The positions of each group of at least two, in ascending order; what resembles one of a
        group belongs to it.
    """
    if not prints:
        return []
    bits = np.stack([one.bits for one in prints])
    thumbnails = np.stack([one.thumbnail for one in prints])
    leader = list(range(len(prints)))
    for start in range(0, len(prints), _ROWS):
        rows = slice(start, start + _ROWS)
        # The sum over four words, one at a time: half the memory of doing it at once.
        distance = np.zeros((len(bits[rows]), len(bits)), np.uint16)
        for word in range(bits.shape[1]):
            distance += np.bitwise_count(bits[rows, None, word] ^ bits[None, :, word])
        correlation = thumbnails[rows] @ thumbnails.T
        alike = (distance <= MAX_DISTANCE) & (correlation >= MIN_CORRELATION)
        for row, other in zip(*np.nonzero(alike), strict=True):
            _join(leader, start + int(row), int(other))
    members: dict[int, list[int]] = {}
    for index in range(len(prints)):
        members.setdefault(_leader(leader, index), []).append(index)
    return [group for group in members.values() if len(group) > 1]


def _leader(leader: list[int], index: int) -> int:
    while leader[index] != index:
        leader[index] = leader[leader[index]]  # halve the path for the next time
        index = leader[index]
    return index


def _join(leader: list[int], one: int, other: int) -> None:
    first, second = sorted((_leader(leader, one), _leader(leader, other)))
    leader[second] = first
