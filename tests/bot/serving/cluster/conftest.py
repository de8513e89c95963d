"""Threads and a Ray cluster, which judge the same photos."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import pytest_asyncio

from bot.serving.cluster.cluster import Cluster, ClusterUnavailableError
from bot.shutdown import in_background
from model.errors import EmptyImageError
from model.registry.registry import Registry
from scripts.reliability.ray_cluster import RayCluster
from tests.support.bot_process import people as people
from tests.support.bot_process import sandbox as sandbox
from tests.support.bot_process import shared_database as shared_database
from tests.support.model_versions import SECOND, SHIPPED_NAME, copy_of_shipped


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
    cluster.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(ray_cluster: RayCluster) -> AsyncIterator[Cluster]:
    """The bot's connection to the Ray cluster, which takes seconds to make."""
    cluster = Cluster(ray_cluster.address, answer_s=110)  # the test's own limit comes soon after
    async with in_background(cluster.run()):
        await until_connected(cluster)
        yield cluster


async def until_connected(cluster: Cluster) -> None:
    """Wait until a cluster judges photos."""
    while True:
        try:
            await cluster.predict(b"", SHIPPED_NAME)
        except EmptyImageError:
            return
        except ClusterUnavailableError:
            await asyncio.sleep(0.1)
