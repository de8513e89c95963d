"""What only a Ray cluster can do, and what becomes of photos when parts of it are killed."""

import asyncio
import logging
from pathlib import Path

import pytest

from bot.errors import QueueFullError
from bot.serving.cluster.cluster import Cluster, ClusterUnavailableError
from bot.serving.inference import Inference
from model.network.verdict import Verdict
from model.prediction.results import PhotoVerdict
from scripts.reliability.ray_cluster import REPLICAS, RayCluster
from tests.support.fake_model import Elsewhere, FakePredictor, fake_drawing
from tests.support.model_versions import SECOND, SHIPPED_NAME
from tests.support.portraits import ASTRONAUT

ANNA = 1001
PORTRAIT = ASTRONAUT.read_bytes()

pytestmark = [
    pytest.mark.ray,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


async def test_photos_of_a_replica_that_dies_are_judged_by_another(
    ray_cluster: RayCluster, cluster: Cluster
) -> None:
    async with asyncio.timeout(100):
        while len(replicas := ray_cluster.replicas()) < REPLICAS:  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.1)
    inference = Inference(Elsewhere(SHIPPED_NAME), fake_drawing, workers=4, cluster=cluster)
    photos = [asyncio.create_task(inference.predict(PORTRAIT, ANNA)) for _ in range(8)]
    await asyncio.wait(photos, return_when=asyncio.FIRST_COMPLETED)
    replicas[0].kill()
    verdicts = await asyncio.gather(*photos)
    inference.close()
    assert [verdict.verdict for verdict in verdicts] == [Verdict.HAPPY] * 8


async def test_more_photos_than_the_cluster_takes_are_refused_as_busy(cluster: Cluster) -> None:
    inference = Inference(Elsewhere(SHIPPED_NAME), fake_drawing, workers=64, cluster=cluster)
    photos = [inference.predict(PORTRAIT, person) for person in range(40)]
    outcomes = await asyncio.gather(*photos, return_exceptions=True)
    inference.close()
    judged = [one for one in outcomes if isinstance(one, PhotoVerdict)]
    refused = [one for one in outcomes if isinstance(one, QueueFullError)]
    assert len(judged) + len(refused) == len(photos)
    assert judged
    assert refused


async def test_another_folder_of_versions_is_used_without_a_restart(
    ray_cluster: RayCluster, cluster: Cluster, tmp_path: Path
) -> None:
    replicas = {replica.pid for replica in ray_cluster.replicas()}
    assert await _knows_second(cluster)
    await asyncio.to_thread(ray_cluster.deploy, models=str(tmp_path))
    while await _knows_second(cluster):
        pass
    await asyncio.to_thread(ray_cluster.deploy, models=str(ray_cluster.models), version=SECOND)
    while not await _knows_second(cluster):
        pass
    assert replicas <= {replica.pid for replica in ray_cluster.replicas()}


async def _knows_second(cluster: Cluster) -> bool:
    try:
        return (await cluster.predict(PORTRAIT, SECOND)).model_version == SECOND
    except ClusterUnavailableError:
        return False


async def test_the_bot_judges_itself_while_the_cluster_is_down(
    ray_cluster: RayCluster, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    local = FakePredictor(SHIPPED_NAME)
    inference = Inference(local, fake_drawing, workers=4, cluster=cluster)
    photos = [asyncio.create_task(inference.predict(PORTRAIT, ANNA)) for _ in range(4)]
    await asyncio.to_thread(ray_cluster.kill)
    await asyncio.gather(*photos)
    assert local.began.is_set()
    await asyncio.to_thread(ray_cluster.start)
    while await _judged_here(inference, local):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.1)
    inference.close()
    assert caplog.text.count("is not used, this bot judges photos") == 1
    assert caplog.text.count(f"judged on the Ray cluster at {ray_cluster.address} again") == 1


async def _judged_here(inference: Inference, local: FakePredictor) -> bool:
    local.began.clear()
    await inference.predict(PORTRAIT, ANNA)
    return local.began.is_set()
