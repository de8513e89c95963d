"""The bot's end of the connection, with a program at the other end that needs no Ray."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.errors import QueueFullError
from bot.replies.images import photo_error
from bot.serving.cluster.cluster import Cluster, ClusterUnavailableError
from bot.serving.inference import Inference
from bot.shutdown import in_background
from model.errors import ImageTooSmallError
from tests.support.fake_model import FakePredictor, fake_drawing

ANNA = 1001
DRIVER = (sys.executable, "-m", "tests.support.fake_driver")


@asynccontextmanager
async def connected(
    predictor: FakePredictor, address: str = "head:6379", answer_s: float = 60.0
) -> AsyncIterator[Inference]:
    """Yield the inference of a bot of version "fake" that is connected to a cluster."""
    cluster = Cluster(address, answer_s, DRIVER)
    inference = Inference(predictor, fake_drawing, workers=2, cluster=cluster)
    try:
        async with in_background(cluster.run()):
            await until_connected(cluster)
            yield inference
    finally:
        inference.close()


async def until_connected(cluster: Cluster) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await cluster.predict(b"photo", "fake")
            except ClusterUnavailableError:
                await asyncio.sleep(0.02)
            else:
                return


@pytest.fixture
def local() -> FakePredictor:
    """The bot's own predictor, with verdicts that tell it from the cluster."""
    local = FakePredictor("own")
    local.version = "fake"
    return local


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


async def judged_by(inference: Inference, photo: bytes = b"photo") -> str:
    verdict = await asyncio.wait_for(inference.predict(photo, ANNA), 60)
    return "the bot" if verdict.model_version == "own" else "the cluster"


async def test_photos_are_judged_by_the_cluster(local: FakePredictor) -> None:
    async with connected(local) as inference:
        assert await judged_by(inference) == "the cluster"
        local.version = "another"
        verdict = await inference.predict(b"photo", ANNA)
        assert verdict.model_version == "another"
        with pytest.raises(ImageTooSmallError) as refused:
            await inference.predict(b"small", ANNA)
        assert refused.value.limit == 20


async def test_people_read_that_a_busy_cluster_is_busy(local: FakePredictor) -> None:
    async with connected(local) as inference:
        with pytest.raises(QueueFullError) as refused, inference.admit(ANNA):
            await inference.predict(b"busy", ANNA)
    assert "waiting" in photo_error(refused.value)


@pytest.mark.parametrize("photo", [b"unknown version", b"failure"])
async def test_what_the_cluster_cannot_judge_the_bot_does(
    photo: bytes, local: FakePredictor, log: pytest.LogCaptureFixture
) -> None:
    async with connected(local) as inference:
        assert await judged_by(inference, photo) == "the bot"
        assert await judged_by(inference, photo) == "the bot"
        assert await judged_by(inference) == "the cluster"
    assert log.text.count("The Ray cluster did not judge a photo, this bot does") == 1


async def test_the_bot_judges_while_the_cluster_is_gone(
    local: FakePredictor, log: pytest.LogCaptureFixture
) -> None:
    async with connected(local) as inference:
        both = await asyncio.gather(
            judged_by(inference, b"no answer"), judged_by(inference, b"end")
        )
        assert both == ["the bot", "the bot"]
        assert await judged_by(inference) == "the bot"
        await until_it_returns(inference)
    assert log.text.count("is not used, this bot judges photos") == 1
    assert log.text.count("judged on the Ray cluster at head:6379 again") == 1


async def test_a_cluster_that_does_not_answer_is_gone(local: FakePredictor) -> None:
    async with connected(local, answer_s=1) as inference:
        both = [judged_by(inference, b"no answer") for _ in range(2)]
        assert await asyncio.gather(*both) == ["the bot", "the bot"]
        await until_it_returns(inference)


async def until_it_returns(inference: Inference) -> None:
    async with asyncio.timeout(60):
        while await judged_by(inference) == "the bot":  # noqa: ASYNC110 - nothing is set then
            await asyncio.sleep(0.02)


async def test_a_bot_starts_without_its_cluster(
    local: FakePredictor, log: pytest.LogCaptureFixture
) -> None:
    cluster = Cluster("nowhere:1", driver=DRIVER)
    inference = Inference(local, fake_drawing, workers=2, cluster=cluster)
    async with in_background(cluster.run()), asyncio.timeout(60):
        while "nobody there" not in log.text:
            assert await judged_by(inference) == "the bot"
            await asyncio.sleep(0.02)
    inference.close()


async def test_the_driver_does_not_get_the_token(
    local: FakePredictor, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "secret")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "of the cluster")
    async with connected(local) as inference:
        await judged_by(inference, b"environment TELEGRAM_BOT_TOKEN")
        await judged_by(inference, b"environment RAY_AUTH_TOKEN")
    assert "this bot does: None" in log.text
    assert "this bot does: of the cluster" in log.text
