"""Search a photo for candidates: the whole of it, and if it is large, closer where faces may be.

In a small photo, one pass of the larger network is enough. In a large one, the face of somebody in
the background may be six pixels wide in such a pass. So a smaller network goes over a large photo
at a higher scale, which finds all but the largest and the smallest faces; the largest, it finds in
the whole photo. For small faces its scores are low there, as for much else; each place with at
least a low one is looked at again from nearby, and only what is found then is a candidate.
"""

from functools import cached_property
from itertools import product
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.faces.blazeface import BlazeFace, Candidates, concatenate

MIN_SCORE = 0.5  # below it, nearly all candidates in web photos are wrong
_MIN_NEAR_SCORE = 0.55  # in a view from nearby
_MIN_COARSE_SCORE = 0.09  # in the coarse pass
MIN_LARGE = 640  # pixels of the longest side; in smaller photos, small faces have too few pixels
_COARSE_REDUCTION = 3  # a face of 32 pixels becomes 11
# Pixels of the reduced photo that two blocks of the coarse pass share at least. Both may cut a
# larger face; mostly, one of them shows enough of it.
_BLOCK_OVERLAP = 16
# Sides of the faces that the coarse pass itself finds. Below the first, a share of the photo's
# longest side, the scores are too low. Above the second, in pixels, a block shows too little of a
# face; such faces are found in the whole photo.
_MIN_FOUND_SIDE = 0.05
_MAX_FOUND_SIDE = 268
# Faces up to these shares of the longest side are looked for from nearby. The coarse pass makes
# them larger than they are.
MAX_SMALL_SIDE = 0.06
_MAX_HINT_SIDE = 0.08
_VIEW_SIDE = 144  # pixels of the photo that a look from nearby shows; the network's input is 128
# A place this far from the centre of a view, as a share of its side, needs no view of its own.
_VIEW_REACH = 0.36
_MAX_VIEWS = 64  # a mosaic has thousands of places


class Pyramid:
    """A photo at the sizes that the searches need, each of which is made once.

    Args:
        photo: RGB.
        side: of the square, in pixels.

    Attributes:
        photo: the photo.
        square: the photo scaled so that its longest side is that of the square, padded with black.
        scale: length of one pixel of the photo in the square.
        corner: left and top of the photo in the square.
    """

    def __init__(self, photo: Image.Image, side: int) -> None:
        self.photo = photo
        self.scale = side / max(photo.size)
        size = max(1, round(photo.width * self.scale)), max(1, round(photo.height * self.scale))
        self.corner = (side - size[0]) // 2, (side - size[1]) // 2
        source = self.reduced if max(photo.size) >= MIN_LARGE else photo
        self.square = Image.new("RGB", (side, side))
        self.square.paste(source.resize(size, Image.Resampling.BILINEAR), self.corner)

    @cached_property
    def reduced(self) -> Image.Image:
        """The photo for the coarse pass."""
        return self.photo.reduce(_COARSE_REDUCTION)

    def square_of(self, side: int) -> Image.Image:
        """Return the square with this side, which divides its own, in pixels."""
        factor = self.square.width // side
        return self.square.reduce(factor) if factor > 1 else self.square


def search_whole(pyramid: Pyramid, network: BlazeFace) -> Candidates:
    """Find candidates in a whole photo at once.

    Args:
        pyramid: the photo; the side of its square is a multiple of that of the network's input.
        network: the one to use.

    Returns:
        Candidates in pixels of the photo; each face gives several that overlap.
    """
    found = network.detect(np.asarray(pyramid.square_of(network.input_side)), MIN_SCORE)
    scale, (left, top) = pyramid.scale, pyramid.corner
    return found.transformed(pyramid.square.width / scale, -left / scale, -top / scale)


def coarse_pass(pyramid: Pyramid, network: BlazeFace) -> Candidates:
    """Go over a reduced photo in blocks.

    Args:
        pyramid: the photo.
        network: the one to use.

    Returns:
        Hints, most of which are no faces, in pixels of the photo.
    """
    reduced, side = pyramid.reduced, network.input_side
    found = []
    for top, left in product(*(block_starts(length, side) for length in reduced.size[::-1])):
        block = reduced.crop((left, top, left + side, top + side))
        inside = network.detect(np.asarray(block), _MIN_COARSE_SCORE)
        found.append(inside.transformed(side, left, top))
    return concatenate(found).transformed(_COARSE_REDUCTION, 0, 0)


def found_by_coarse_pass(hints: Candidates, longest: int) -> Candidates:
    """Return the hints that are candidates without a look from nearby.

    Args:
        hints: what `coarse_pass` returned.
        longest: longest side of the photo, in pixels.
    """
    sides = hints.sides
    fits = (sides >= _MIN_FOUND_SIDE * longest) & (sides <= _MAX_FOUND_SIDE)
    return hints.selected(fits & (hints.scores >= MIN_SCORE))


def search_nearby(
    pyramid: Pyramid, network: BlazeFace, hints: Candidates, known: Candidates
) -> Candidates:
    """Find candidates for small faces, with a look from nearby at each place with a hint.

    Args:
        pyramid: the photo.
        network: the one to use.
        hints: what `coarse_pass` returned.
        known: the faces already found, in pixels of the photo; they are not searched for again.

    Returns:
        Candidates in pixels of the photo that are none of the known ones; each face gives several
        that overlap.
    """
    found, side = [Candidates.none()], network.input_side
    for x, y in _places(hints, known, _MAX_HINT_SIDE * max(pyramid.photo.size)):
        corner = (round(x - _VIEW_SIDE / 2), round(y - _VIEW_SIDE / 2))
        box = (*corner, corner[0] + _VIEW_SIDE, corner[1] + _VIEW_SIDE)
        view = pyramid.photo.crop(box).resize((side, side), Image.Resampling.BILINEAR)
        inside = network.detect(np.asarray(view), _MIN_NEAR_SCORE)
        found.append(inside.transformed(_VIEW_SIDE, *corner))
    return concatenate(found).outside(known)


def block_starts(length: int, side: int) -> list[int]:
    """Return where the blocks start that cover a length, evenly spaced.

    Args:
        length: width or height of the reduced photo, in pixels.
        side: side of a block, in pixels; if it is larger than the length, one block covers it.
    """
    steps = max(0, ceil((length - side) / (side - _BLOCK_OVERLAP)))
    return [round((length - side) * step / max(1, steps)) for step in range(steps + 1)]


def _places(hints: Candidates, known: Candidates, max_side: float) -> NDArray[np.float32]:
    """Return (count, 2): the centres of as few views as show all small hints, best scores first."""
    hints = hints.selected(hints.sides <= max_side).outside(known)
    left = hints.boxes[np.argsort(-hints.scores, kind="stable")].reshape(-1, 2, 2).mean(axis=1)
    chosen: list[NDArray[np.float32]] = []
    while len(left) and len(chosen) < _MAX_VIEWS:
        chosen.append(left[0])
        left = left[np.abs(left - left[0]).max(axis=1) > _VIEW_REACH * _VIEW_SIDE]
    return np.asarray(chosen, np.float32).reshape(-1, 2)
