from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from model.network.verdict import Verdict
from model.prediction.annotate import MAX_SIDE, MOOD_NAMES, annotate, label_text
from model.prediction.results import Box, FaceVerdict, Milliseconds, PhotoVerdict


def face(box: Box, verdict: Verdict = Verdict.HAPPY) -> FaceVerdict:
    return FaceVerdict(box, 0.9, 0.9, verdict, 0.9)


def photo(
    faces: tuple[FaceVerdict, ...], size: tuple[int, int] = (640, 480), reduction: int = 1
) -> PhotoVerdict:
    pixels = np.full((size[1] // reduction, size[0] // reduction, 3), 200, np.uint8)
    return PhotoVerdict(
        Verdict.HAPPY,
        0.9,
        0.9,
        not faces,
        faces,
        Milliseconds(1, 1, 1),
        "test",
        size,
        more_faces=False,
        missed_faces=False,
        rgb=Image.fromarray(pixels),
    )


def annotated_pixels(verdict: PhotoVerdict) -> np.ndarray:
    picture = Image.open(BytesIO(annotate(verdict)))
    assert picture.format == "JPEG"
    return np.asarray(picture.convert("RGB"), int)


def test_a_box_is_drawn_around_the_face_and_leaves_it_visible() -> None:
    pixels = annotated_pixels(photo((face(Box(200, 150, 400, 350)),)))
    assert pixels.shape == (480, 640, 3)
    assert np.abs(pixels[250, 201] - (0, 158, 115)).max() < 60
    assert np.abs(pixels[250, 300] - 200).max() < 12


def test_moods_differ_in_color() -> None:
    edges = [
        annotated_pixels(photo((face(Box(200, 150, 400, 350), verdict),)))[250, 201]
        for verdict in Verdict
    ]
    for index, color in enumerate(edges):
        for other in edges[index + 1 :]:
            assert np.abs(color - other).max() > 40


def test_boxes_are_scaled_to_a_scaled_down_photo() -> None:
    pixels = annotated_pixels(
        photo((face(Box(1000, 1000, 3000, 3000)),), size=(4000, 4000), reduction=2)
    )
    assert pixels.shape == (MAX_SIDE, MAX_SIDE, 3)
    scale = MAX_SIDE / 4000
    assert np.abs(pixels[round(2000 * scale), round(1000 * scale) + 1] - (0, 158, 115)).max() < 60


@pytest.mark.parametrize(
    "box",
    [Box(0, 0, 640, 480), Box(620, 0, 640, 20), Box(0, 470, 10, 480), Box(100, 100, 100, 100)],
)
def test_faces_at_the_edge_or_without_area_can_be_drawn(box: Box) -> None:
    assert annotated_pixels(photo((face(box),))).shape == (480, 640, 3)


def test_many_faces_can_be_drawn() -> None:
    faces = tuple(
        face(Box(x, y, x + 30, y + 30)) for x in range(0, 600, 40) for y in range(0, 440, 40)
    )
    assert annotated_pixels(photo(faces)).shape == (480, 640, 3)


def test_a_small_face_is_labelled_with_its_number_only() -> None:
    assert label_text(3, "happy", max_letters=7) == "3 happy"
    assert label_text(3, "happy", max_letters=6.5) == "3"
    assert label_text(12, "?", max_letters=5) == "12 ?"
    assert label_text(7, "", max_letters=5) == "7"


def test_a_single_face_has_no_number() -> None:
    assert label_text(None, "happy", max_letters=1) == "happy"


def test_labels_do_not_cover_each_other() -> None:
    # Drawn in different colors: both labels' areas must be as large as when drawn alone.
    first, second = face(Box(200, 200, 320, 320)), face(Box(230, 200, 350, 320), Verdict.SAD)
    both = annotated_pixels(photo((first, second)))

    def area(pixels: np.ndarray, color: tuple[int, int, int]) -> int:
        return int((np.abs(pixels - color).max(axis=2) < 40).sum())

    assert area(both, (0, 114, 178)) > 0.9 * area(annotated_pixels(photo((second,))), (0, 114, 178))
    assert area(both, (0, 158, 115)) > 0.7 * area(annotated_pixels(photo((first,))), (0, 158, 115))


def test_a_small_photo_is_enlarged() -> None:
    pixels = annotated_pixels(photo((face(Box(20, 20, 40, 40)),), size=(100, 80)))
    assert pixels.shape == (512, 640, 3)


def test_moods_are_written_in_languages_for_which_there_is_a_font() -> None:
    faces = photo((face(Box(200, 150, 400, 350)),))
    pictures = [
        annotate(faces, {**MOOD_NAMES, Verdict.HAPPY: word})
        for word in ("happy", "радость", "ख़ुश", "उदास")
    ]
    assert len(set(pictures)) == 3
    assert pictures[2] == pictures[3]


def test_the_number_of_a_photo_is_at_the_edge_and_covers_no_face() -> None:
    faces = photo((face(Box(200, 0, 440, 200)),))
    plain, numbered = (
        np.asarray(Image.open(BytesIO(annotate(faces, photo_number=number))).convert("L"), int)
        for number in (None, 7)
    )
    differs = np.abs(plain - numbered) > 60
    assert differs[:100, :100].any()  # the middle of the upper edge is taken
    assert not differs[10:190, 210:430].any()
    assert not differs[120:, :].any()
