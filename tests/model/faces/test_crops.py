import numpy as np
import pytest
from PIL import Image, ImageDraw

from model.errors import DamagedImageError
from model.faces.crops import decode_png, encode_png, enlarge_png, face_crop, square_crop
from model.faces.face import Face
from model.network.preprocessing import Preprocessing


def picture_with_dot(size: tuple[int, int], dot: tuple[int, int], radius: int = 6) -> Image.Image:
    picture = Image.new("RGB", size, "black")
    x, y = dot
    ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), fill="white")
    return picture


def brightest(picture: Image.Image) -> tuple[float, float]:
    """Return x, y of the centre of brightness."""
    grey = np.asarray(picture.convert("L"), float)
    rows, columns = np.indices(grey.shape)
    return (
        float((columns * grey).sum() / grey.sum() + 0.5),
        float((rows * grey).sum() / grey.sum() + 0.5),
    )


def test_the_centre_of_the_square_is_the_centre_of_the_crop() -> None:
    crop = square_crop(picture_with_dot((400, 300), (250, 120)), (250.5, 120.5), 100, 0, 64)
    assert crop.size == (64, 64)
    assert brightest(crop) == pytest.approx((32, 32), abs=0.5)


@pytest.mark.parametrize("tilt", [-90, -30, 0, 15, 45, 90])
def test_tilt_is_undone(tilt: float) -> None:
    # A dot to the right along the tilted axis must end up to the right.
    angle = np.radians(tilt)
    dot = (round(200 + 50 * np.cos(angle)), round(200 + 50 * np.sin(angle)))
    crop = square_crop(picture_with_dot((400, 400), dot), (200.5, 200.5), 200, tilt, 100)
    assert brightest(crop) == pytest.approx((75, 50), abs=0.8)


def test_a_large_face_is_reduced_without_aliasing() -> None:
    stripes = np.zeros((1000, 1000, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = np.asarray(square_crop(Image.fromarray(stripes), (500, 500), 800, 0, 48))
    assert crop.std() < 8
    assert crop.mean() == pytest.approx(127, abs=4)


@pytest.mark.parametrize("factor", [1, 3, 7])
def test_position_does_not_depend_on_the_reduction(factor: int) -> None:
    size = 200 * factor
    picture = picture_with_dot((size, size), (60 * factor, 80 * factor), 8 * factor)
    crop = square_crop(picture, (100 * factor, 100 * factor), 160 * factor, 0, 160)
    assert brightest(crop) == pytest.approx((40, 60), abs=1)


def test_the_part_outside_the_image_is_black() -> None:
    crop = np.asarray(square_crop(Image.new("RGB", (50, 50), "white"), (0, 0), 100, 0, 40))
    assert crop[:18, :18].max() == 0
    assert crop[22:, 22:].min() == 255


def test_a_crop_far_outside_the_image_is_black() -> None:
    crop = square_crop(Image.new("RGB", (2048, 100), "white"), (1000, -500), 600, 0, 48)
    assert crop.size == (48, 48)
    assert np.asarray(crop).max() == 0


def test_a_face_crop_is_shifted_upwards_along_the_tilted_axis() -> None:
    settings = Preprocessing(size=50, margin=2.0, rise=0.5)
    face = Face((0, 0, 0, 0), centre=(200, 200), side=100, tilt=90, score=1)
    # Tilted by 90 degrees clockwise, the top of the head points to the right.
    crop = face_crop(picture_with_dot((400, 400), (250, 200)), face, settings)
    assert crop.shape == (100, 100, 3)
    assert brightest(Image.fromarray(crop)) == pytest.approx((50, 50), abs=0.6)


def test_a_png_keeps_every_pixel() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decode_png(encode_png(crop)), crop)


def test_an_enlarged_png_is_a_square_of_the_given_side() -> None:
    crop = np.full((48, 48, 3), (10, 200, 30), np.uint8)
    enlarged = decode_png(enlarge_png(encode_png(crop), 320))
    assert enlarged.shape == (320, 320, 3)
    assert (enlarged == (10, 200, 30)).all()


def test_a_damaged_png_is_refused() -> None:
    png = encode_png(np.zeros((48, 48, 3), np.uint8))
    with pytest.raises(DamagedImageError):
        decode_png(png[:60])
