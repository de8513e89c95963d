"""Threads and a Ray cluster, which judge the same photos."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

from bot.serving.cluster.cluster import Cluster, ClusterUnavailableError
from bot.serving.inference import Inference, PhotoPredictor
from bot.shutdown import in_background
from model.errors import EmptyImageError
from model.prediction.annotate import annotate
from model.prediction.predictor import Predictor
from model.registry.registry import Registry
from tests.support.fake_model import FakePredictor
from tests.support.model_versions import SECOND, SHIPPED_NAME, copy_of_shipped
from tests.support.ray_cluster import RayCluster

Load = Callable[[str], PhotoPredictor]


class Elsewhere(FakePredictor):
    """A version that the bot must not use itself."""

    def predict(self, _: bytes) -> NoReturn:
        raise AssertionError("judged by the bot itself")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a registry with a second version, which is not active."""
    folder = tmp_path_factory.mktemp("registry")
    Registry(folder / "models").add(copy_of_shipped(folder, SECOND))
    return folder / "models"


@pytest.fixture(scope="session")
def ray_cluster(models: Path) -> Iterator[RayCluster]:
    if find_spec("ray") is None:
        pytest.skip("needs the extra `ray`: make test-ray")
    cluster = RayCluster(models)
    cluster.start()
    yield cluster
    cluster.kill()


@pytest.fixture(params=["threads", pytest.param("ray", marks=pytest.mark.ray)])
def on_ray(request: pytest.FixtureRequest) -> bool:
    return request.param == "ray"


@pytest.fixture
def load(on_ray: bool, models: Path) -> Load:
    """Load a version into the bot: by its name, for the cluster, or really."""
    return Elsewhere if on_ray else lambda name: Predictor(Registry(models).find(name).folder)


@pytest.fixture
async def inference(
    on_ray: bool, load: Load, request: pytest.FixtureRequest
) -> AsyncIterator[Inference]:
    """The shipped version on either engine."""
    async with AsyncExitStack() as stack:
        cluster = None
        if on_ray:
            cluster = await connect(stack, request.getfixturevalue("ray_cluster").address)
        inference = Inference(load(SHIPPED_NAME), annotate, workers=4, cluster=cluster)
        stack.callback(inference.close)
        yield inference


async def connect(stack: AsyncExitStack, address: str) -> Cluster:
    """Connect to a cluster, and wait until it answers."""
    cluster = Cluster(address, answer_s=110)  # the test's own limit comes soon after
    await stack.enter_async_context(in_background(cluster.run()))
    await until_connected(cluster)
    return cluster


async def until_connected(cluster: Cluster) -> None:
    """Wait until a cluster judges photos."""
    while True:
        try:
            await cluster.predict(b"", SHIPPED_NAME)
        except EmptyImageError:
            return
        except ClusterUnavailableError:
            await asyncio.sleep(0.1)
