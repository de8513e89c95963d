"""Health, metrics and log of a bot, as a monitor sees them."""

import json
import re
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from scripts.reliability.bot_process import REPOSITORY
from scripts.reliability.dashboard import DASHBOARD
from tests.support.bot_process import BotSandbox
from tests.support.portraits import ASTRONAUT
from tests.support.sandbox_client import ANNA, SandboxClient

PAGE = REPOSITORY / "docs/monitoring.md"
METRIC = re.compile(r"\b(?:photo_mood|process)_[a-z_]+")


@pytest.fixture
def listen() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def monitor(listen: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{listen}", trust_env=False) as client:
        yield client


def scrape(monitor: httpx.Client) -> dict[str, float]:
    """Return the values on the page, under their names, with the labels in alphabetical order."""
    page = monitor.get("/metrics").raise_for_status().text
    values = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            values[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return values


def named_in_deploy() -> set[str]:
    """Return the names of the bot's metrics in the dashboard, the alerts and the documentation."""
    files = [*(REPOSITORY / "deploy/monitoring").rglob("*.yml"), DASHBOARD, PAGE]
    return {name for file in files for name in METRIC.findall(file.read_text())}


def test_metrics_and_log_follow_a_photo_and_a_tap(
    sandbox: BotSandbox, people: SandboxClient, listen: str, monitor: httpx.Client
) -> None:
    logs = {"BOT_LOG_FORMAT": "json", "BOT_LOG_LEVEL": "debug"}
    bot = sandbox.start_bot(BOT_HTTP_LISTEN=listen, **logs)
    before = scrape(monitor)
    totals = [name for name in before if "_total" in name and name.startswith("photo_mood")]
    assert 'photo_mood_retrainings_total{outcome="failed"}' in totals
    assert not any(before[name] for name in totals)
    assert time.time() - before["photo_mood_telegram_reached_timestamp_seconds"] < 60
    assert before["photo_mood_photos_in_hand"] == before["photo_mood_inbox_pending"] == 0
    assert before["process_resident_memory_bytes"] > 0

    people.fault("sendMessage", "internal_error", times=1)
    people.send_photo(ASTRONAUT.read_bytes())
    answer = people.wait_for_message()
    people.wait_for_answer(people.press_label(answer, "Sad"))
    people.send_document(b"no picture", "photo.jpg")
    people.wait_for_message()
    bot.wait_for_log("No verdict")

    after = scrape(monitor)
    assert after['photo_mood_photos_total{outcome="judged"}'] == 1
    assert after['photo_mood_photos_total{outcome="unusable"}'] == 1
    assert after['photo_mood_corrections_total{kind="disagrees"}'] == 1
    assert after['photo_mood_api_errors_total{error="500",method="sendMessage"}'] == 1
    faces = {name: value for name, value in after.items() if "photo_mood_faces_total" in name}
    assert len(faces) == 4  # happy, sad, neutral and unsure
    (judged,) = [name for name, value in faces.items() if value]
    assert 'mood="happy",version="' in judged
    page = monitor.get("/metrics").text
    assert [name for name in named_in_deploy() if name.removesuffix("_bucket") not in page] == []
    stages = ("wait", "decode", "detect", "classify", "store", "send", "total")
    for stage in stages:
        name = f'photo_mood_stage_seconds_bucket{{le="+Inf",stage="{stage}"}}'
        assert after[name] == 1, stage
    assert after['photo_mood_stage_seconds_count{stage="download"}'] == 2
    assert monitor.get("/readyz").json() == {"model": True, "database": True, "telegram": True}

    records = [json.loads(line) for line in bot.log.splitlines()]
    judged = [one for one in records if one["message"].startswith("Judged a photo: happy")]
    handled = [one for one in records if one["message"].startswith("Handled after")]
    assert judged[0]["update"] == handled[0]["update"]
    assert [one for one in records if re.search(rf"\b{ANNA}\b", one["message"])] == []


def test_a_bot_that_does_not_reach_telegram_lives_but_is_not_ready(
    sandbox: BotSandbox, listen: str, monitor: httpx.Client
) -> None:
    # Nothing listens on that port.
    nowhere = "http://127.0.0.1:9"
    bot = sandbox.start_bot(ready=False, BOT_HTTP_LISTEN=listen, TELEGRAM_API_URL=nowhere)
    bot.wait_for_log("Telegram cannot be reached")
    assert monitor.get("/healthz").text == "ok\n"
    answer = monitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"model": True, "database": True, "telegram": False}


def test_a_taken_port_is_one_sentence(sandbox: BotSandbox, listen: str) -> None:
    host, _, port = listen.rpartition(":")
    with socket.create_server((host, int(port))):
        bot = sandbox.start_bot(ready=False, BOT_HTTP_LISTEN=listen)
        assert bot.wait() == 1
    assert f"cannot listen on {listen}: Address already in use" in bot.log
    assert "Set BOT_HTTP_LISTEN to a free address" in bot.log
    assert "Traceback" not in bot.log
