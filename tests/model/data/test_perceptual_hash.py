from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from model.data.perceptual_hash import Fingerprint, find_duplicates, fingerprint
from tests.support.pictures import scene
from tests.support.portraits import group_photo, portrait


def hash_of(picture: Image.Image) -> Fingerprint:
    return fingerprint(np.asarray(picture.convert("RGB")))


def recompressed(picture: Image.Image, quality: int) -> Image.Image:
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Image.open(stream)


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.resize((200, 200), Image.Resampling.LANCZOS),
        lambda picture: recompressed(picture, 15),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.6),
        lambda picture: picture.convert("L"),
        lambda picture: picture.crop((4, 4, 508, 508)),
    ],
)
def test_a_changed_copy_is_a_duplicate(change: object) -> None:
    assert find_duplicates([hash_of(portrait()), hash_of(change(portrait()))]) == [[0, 1]]


def test_different_pictures_are_no_duplicates() -> None:
    faces = [portrait().crop(box) for box in ((150, 40, 300, 190), (180, 60, 330, 210))]
    pictures = [portrait(), group_photo(), scene(), scene(faces=2), scene(faces=3), *faces]
    assert find_duplicates([hash_of(picture) for picture in pictures]) == []


def test_a_picture_that_resembles_one_of_a_group_belongs_to_it() -> None:
    fingerprints = [
        hash_of(picture)
        for picture in (
            scene(faces=3),
            portrait(),
            scene(),
            portrait().resize((99, 99)),
            recompressed(portrait(), 20),
            scene(faces=3).resize((320, 240)),
        )
    ]
    assert find_duplicates(fingerprints) == [[0, 5], [1, 3, 4]]


def test_blank_pictures_are_no_duplicates() -> None:
    noise = np.random.default_rng(0)
    blank = [
        np.clip(noise.normal(level, 1, (90, 90, 3)), 0, 255).astype(np.uint8)
        for level in (128, 128, 20)
    ]
    plain = [np.full((90, 90, 3), level, np.uint8) for level in (128, 128, 20)]
    assert find_duplicates([fingerprint(pixels) for pixels in blank + plain]) == []


def test_pictures_with_little_structure_are_told_apart() -> None:
    dark, light = Image.new("L", (60, 60), 255), Image.new("L", (60, 60), 0)
    dark.paste(0, (0, 40, 20, 60))
    light.paste(255, (10, 20, 50, 50))
    assert find_duplicates([hash_of(dark), hash_of(light)]) == []


def test_without_pictures_there_are_no_duplicates() -> None:
    assert find_duplicates([]) == []
    assert find_duplicates([hash_of(portrait())]) == []


def test_many_pictures_are_compared_in_blocks() -> None:
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (17, 17, 3), dtype=np.uint8) for _ in range(600)]
    fingerprints = [fingerprint(pixels) for pixels in [*pictures, pictures[5], pictures[599]]]
    assert find_duplicates(fingerprints) == [[5, 600], [599, 601]]
