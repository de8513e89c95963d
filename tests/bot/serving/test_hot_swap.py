import asyncio
import gc
import logging
import weakref
from contextlib import suppress
from pathlib import Path

import pytest

from bot.serving.hot_swap import HotSwapper, ModelLoader
from bot.serving.inference import Inference
from model.errors import ModelError
from model.network.manifest import LITERT_FILE
from model.registry.registry import Registry
from tests.support.fake_model import FakePredictor, fake_drawing
from tests.support.manual_clock import ManualClock
from tests.support.model_versions import model_folder

ANNA, BEN = 1001, 1002


class FakeModels:
    """Makes a fake predictor of each model folder, but of those that it cannot load."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.unusable: set[str] = set()

    def load(self, folder: Path) -> FakePredictor:
        self.loaded.append(folder.name)
        if folder.name in self.unusable:
            raise ValueError("no network at all")
        return FakePredictor(folder.name)


@pytest.fixture
def models() -> FakeModels:
    return FakeModels()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Versions a, b, c, of which none serves yet, and the shipped one."""
    registry = Registry(tmp_path / "models", shipped=model_folder(tmp_path, "shipped"))
    for day, name in enumerate("abc", start=1):
        registry.add(model_folder(tmp_path / "made", name, f"2026-02-0{day}"))
    return registry


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def loader(registry: Registry, models: FakeModels, clock: ManualClock) -> ModelLoader:
    return ModelLoader(registry, models.load, clock)


@pytest.fixture
def working(loader: ModelLoader, inference: Inference) -> Inference:
    """The shipped version at work."""
    inference.swap(loader.load())
    return inference


@pytest.fixture
def swapper(loader: ModelLoader, working: Inference) -> HotSwapper:
    return HotSwapper(loader, working, every_s=0.01)


def test_at_the_start_the_active_version_is_loaded_and_warmed_up(
    registry: Registry, loader: ModelLoader
) -> None:
    registry.promote("b")
    predictor = loader.load()
    assert isinstance(predictor, FakePredictor)
    assert predictor.version == "b"
    assert predictor.warm
    assert not loader.may_have_changed()


def test_at_the_start_the_next_in_the_fallback_order_replaces_what_cannot_be_loaded(
    registry: Registry, loader: ModelLoader, models: FakeModels, caplog: pytest.LogCaptureFixture
) -> None:
    for name in "abc":
        registry.promote(name)
    (registry.find("c").folder / LITERT_FILE).write_bytes(b"damaged")
    models.unusable = {"b"}
    predictor = loader.load()
    assert predictor.version == "a"
    assert models.loaded == ["b", "a"]
    assert "Version c is damaged" in caplog.text
    assert "Version b cannot be loaded: no network at all" in caplog.text


def test_when_nothing_can_be_loaded_the_error_names_the_last_version(
    registry: Registry, loader: ModelLoader, models: FakeModels
) -> None:
    models.unusable = {"a", "shipped"}
    registry.promote("a")
    with pytest.raises(ModelError, match="Not even version shipped"):
        loader.load()


async def test_after_a_promotion_or_rollback_the_next_photo_gets_the_other_version(
    registry: Registry, swapper: HotSwapper, working: Inference
) -> None:
    registry.promote("a")
    await swapper.check()
    assert (await working.predict(b"photo", ANNA)).model_version == "a"
    registry.rollback()
    await swapper.check()
    assert (await working.predict(b"photo", ANNA)).model_version == "shipped"


async def test_without_a_change_nothing_is_loaded(
    registry: Registry, swapper: HotSwapper, models: FakeModels
) -> None:
    await swapper.check()
    assert models.loaded == ["shipped"]
    registry.promote("a")
    registry.rollback()
    await swapper.check()
    assert models.loaded == ["shipped"]


async def test_a_version_that_cannot_be_loaded_is_logged_once_and_the_old_one_stays(
    registry: Registry,
    swapper: HotSwapper,
    working: Inference,
    models: FakeModels,
    caplog: pytest.LogCaptureFixture,
) -> None:
    models.unusable = {"a"}
    registry.promote("a")
    with caplog.at_level(logging.INFO):
        await swapper.check()
        await swapper.check()
    assert working.version == "shipped"
    assert caplog.text.count("Version a cannot be loaded") == 1
    assert caplog.text.count("Model shipped goes on serving") == 1
    registry.promote("b")
    await swapper.check()
    assert working.version == "b"


@pytest.mark.parametrize("version", ["a", "shipped"])  # the last in line is tried again, too
async def test_a_version_that_could_not_be_loaded_for_a_moment_is_loaded_later(
    version: str,
    registry: Registry,
    swapper: HotSwapper,
    working: Inference,
    models: FakeModels,
    clock: ManualClock,
) -> None:
    registry.promote("b")
    await swapper.check()
    models.unusable = {version}
    registry.promote(version)
    with suppress(ModelError):
        await swapper.check()
    assert working.version == "b"
    models.unusable.clear()
    clock.now += 1
    await swapper.check()
    assert working.version == version == registry.active().name


async def test_a_version_that_can_never_be_loaded_is_tried_less_and_less_often(
    registry: Registry,
    swapper: HotSwapper,
    models: FakeModels,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    models.unusable = {"a"}
    registry.promote("a")
    with caplog.at_level(logging.INFO):
        for _ in range(600):
            await swapper.check()
            clock.now += 1
    assert 20 < models.loaded.count("a") < 30
    assert caplog.text.count("Version a cannot be loaded") == 1
    assert caplog.text.count("Model shipped goes on serving") == 1


async def test_a_photo_in_progress_is_finished_by_the_version_that_began_it(
    registry: Registry, swapper: HotSwapper, working: Inference
) -> None:
    registry.promote("a")
    await swapper.check()
    slow = working._predictor
    assert isinstance(slow, FakePredictor)
    slow.gate.clear()
    before = asyncio.ensure_future(working.predict(b"before", ANNA))
    await asyncio.to_thread(slow.began.wait, 10)
    registry.promote("b")
    await swapper.check()
    assert (await working.predict(b"after", BEN)).model_version == "b"
    slow.gate.set()
    assert (await before).model_version == "a"


async def test_the_memory_of_the_old_version_is_freed(
    registry: Registry, swapper: HotSwapper, working: Inference
) -> None:
    registry.promote("a")
    await swapper.check()
    await working.predict(b"photo", ANNA)
    old = weakref.ref(working._predictor)
    registry.promote("b")
    await swapper.check()
    await working.predict(b"photo", ANNA)
    gc.collect()
    assert old() is None


async def test_it_keeps_checking_whatever_happens(
    registry: Registry, models: FakeModels, swapper: HotSwapper, working: Inference
) -> None:
    models.unusable = {"a", "shipped"}
    looking = asyncio.create_task(swapper.run())
    registry.promote("a")
    async with asyncio.timeout(10):
        while "a" not in models.loaded:
            await working.predict(b"photo", ANNA)
        registry.promote("c")
        while (await working.predict(b"photo", ANNA)).model_version != "c":
            pass
    looking.cancel()
    await asyncio.wait({looking})


async def test_a_swap_goes_on_beside_a_full_queue(
    registry: Registry, loader: ModelLoader, models: FakeModels
) -> None:
    first = loader.load()
    assert isinstance(first, FakePredictor)
    inference = Inference(first, fake_drawing, workers=1)
    first.gate.clear()
    photos = [asyncio.ensure_future(inference.predict(b"photo", ANNA)) for _ in range(9)]
    await asyncio.to_thread(first.began.wait, 10)
    registry.promote("a")
    await HotSwapper(loader, inference).check()  # the only worker is busy
    assert inference.version == "a"
    first.gate.set()
    versions = [photo.model_version for photo in await asyncio.gather(*photos)]
    assert versions == ["shipped"] + ["a"] * 8
    assert models.loaded == ["shipped", "a"]
    inference.close()
