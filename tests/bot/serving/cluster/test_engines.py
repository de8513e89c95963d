"""Whatever judges photos, threads or a Ray cluster, does the same."""

import asyncio
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from bot.serving.cluster.cluster import Cluster
from bot.serving.inference import Inference, PhotoPredictor
from model.errors import DamagedImageError, ImageTooSmallError, UnsupportedFormatError
from model.network.verdict import Verdict
from model.prediction.annotate import MOOD_NAMES, annotate
from model.prediction.predictor import Predictor
from model.registry.registry import Registry
from tests.support.fake_model import Elsewhere
from tests.support.model_versions import SECOND, SHIPPED_NAME
from tests.support.pictures import jpeg_bytes
from tests.support.portraits import ASTRONAUT, GROUP_SIZE, group_photo, jpeg_of

ANNA, BEN, CLEO = 1001, 1002, 1003
PORTRAIT = ASTRONAUT.read_bytes()

Load = Callable[[str], PhotoPredictor]

# A Ray cluster may take a minute to start.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=["threads", pytest.param("ray", marks=pytest.mark.ray)])
def engine(request: pytest.FixtureRequest) -> Cluster | None:
    return request.getfixturevalue("cluster") if request.param == "ray" else None


@pytest.fixture
def load(engine: Cluster | None, models: Path) -> Load:
    """Load a version into the bot: by its name, for the cluster, or really."""
    return Elsewhere if engine else lambda name: Predictor(Registry(models).find(name).folder)


@pytest_asyncio.fixture(loop_scope="module")
async def inference(engine: Cluster | None, load: Load) -> AsyncIterator[Inference]:
    """The shipped version on either engine."""
    inference = Inference(load(SHIPPED_NAME), annotate, workers=4, cluster=engine)
    yield inference
    inference.close()


async def test_a_photo_gets_its_verdict(inference: Inference) -> None:
    verdict = await inference.predict(PORTRAIT, ANNA)
    assert verdict.verdict is Verdict.HAPPY
    assert verdict.model_version == SHIPPED_NAME
    (face,), (crop,) = verdict.faces, verdict.crops
    assert face.probability_happy == pytest.approx(0.99, abs=0.05)
    assert crop.shape[0] == crop.shape[1]


async def test_boxes_are_drawn_into_a_photo_of_several_faces(inference: Inference) -> None:
    verdict = await inference.predict(jpeg_of(group_photo()), ANNA)
    assert len(verdict.faces) == GROUP_SIZE
    with Image.open(BytesIO(await inference.draw(verdict, MOOD_NAMES))) as drawing:
        assert drawing.size == group_photo().size


async def test_what_is_wrong_with_a_picture_is_told(inference: Inference) -> None:
    with pytest.raises(UnsupportedFormatError):
        await inference.predict(b"no picture", ANNA)
    with pytest.raises(DamagedImageError):
        await inference.predict(PORTRAIT[:2000], ANNA)
    with pytest.raises(ImageTooSmallError) as refused:
        await inference.predict(jpeg_bytes((5, 9)), ANNA)
    assert (refused.value.width, refused.value.height) == (5, 9)


async def test_the_photos_of_several_people_are_judged_at_once(inference: Inference) -> None:
    photos = [inference.predict(PORTRAIT, person) for person in (ANNA, BEN, CLEO) for _ in range(4)]
    verdicts = await asyncio.gather(*photos)
    assert {verdict.verdict for verdict in verdicts} == {Verdict.HAPPY}


async def test_another_version_judges_the_next_photo_and_no_part_of_an_album(
    inference: Inference, load: Load
) -> None:
    of_album = inference.predictor
    inference.swap(load(SECOND))
    album = [inference.predict(PORTRAIT, ANNA, of_album) for _ in range(3)]
    photo, *album = await asyncio.gather(inference.predict(PORTRAIT, BEN), *album)
    assert photo.model_version == SECOND
    assert [one.model_version for one in album] == [SHIPPED_NAME] * 3
