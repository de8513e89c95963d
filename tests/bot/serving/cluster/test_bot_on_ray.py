"""The real bot, in the sandbox, with a Ray cluster."""

import signal

import psutil
import pytest

from scripts.reliability.ray_cluster import RayCluster
from tests.support.bot_process import BotSandbox
from tests.support.portraits import ASTRONAUT
from tests.support.sandbox_client import SandboxClient, text_of


@pytest.mark.ray
@pytest.mark.timeout(300)
def test_people_are_answered_by_the_cluster_and_a_killed_bot_leaves_no_process(
    ray_cluster: RayCluster, sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot(BOT_INFERENCE="ray", BOT_RAY_ADDRESS=ray_cluster.address)
    bot.wait_for_log(f"Photos are judged on the Ray cluster at {ray_cluster.address}", 120)
    people.send_photo(ASTRONAUT.read_bytes())
    assert "Happy" in text_of(people.wait_for_message())
    assert "this bot" not in bot.log
    (driver,) = psutil.Process(bot.pid).children()
    bot.signal(signal.SIGKILL)
    driver.wait(60)
