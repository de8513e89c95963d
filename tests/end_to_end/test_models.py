"""Other processes swap the model of a running bot."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from model.network.manifest import LITERT_FILE
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry
from tests.support import model_versions as versions
from tests.support import registry_process
from tests.support.bot_database import corrections_by_face
from tests.support.bot_process import REPOSITORY, BotSandbox, wait_for_answers
from tests.support.conversation import CHOICE, NOTED_SAD, SAD, button_labels, tap
from tests.support.model_versions import SHIPPED_NAME
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import Json, SandboxClient, text_of

# What they say about a smiling face differs, so that an answer of two versions would show.
CALM = {"temperature": 3.0, "sure_threshold": 0.99}
NERVOUS = {"temperature": 0.3, "sure_threshold": 0.6}
SWAPS = 4
KILLS = int(os.environ.get("RETRAIN_KILLS", "8"))  # RETRAIN_KILLS=50 for a thorough look


class Stored(NamedTuple):
    """What the database holds about a photo."""

    version: str
    verdict: str
    probability_happy: float


@pytest.fixture
def registry(sandbox: BotSandbox, tmp_path: Path) -> Registry:
    """The registry of the test's bots, with the versions "calm" and "nervous"."""
    registry = Registry(sandbox.folder / "data" / "models")
    for name, fields in {"calm": CALM, "nervous": NERVOUS}.items():
        registry.add(versions.copy_of_shipped(tmp_path / "made", name, **fields))
    return registry


def stored(sandbox: BotSandbox) -> dict[int, Stored]:
    """Return what is stored about each photo, by the id of its message."""
    with closing(sqlite3.connect(sandbox.folder / "data" / "bot.sqlite3")) as connection:
        rows = connection.execute(
            "SELECT answers.message_id, model_version, verdict, photos.probability_happy "
            "FROM answers JOIN answer_photos ON answer_id = answers.id "
            "JOIN photos ON photos.id = photo_id"
        )
        return {row[0]: Stored(*row[1:]) for row in rows}


def smile(number: int) -> bytes:
    """Return the portrait as a file that differs for each number."""
    picture = portrait()
    picture.putpixel((0, 0), (number % 256, number // 256, 0))
    return jpeg_of(picture)


def ask(people: SandboxClient, number: int) -> tuple[int, Json]:
    """Send a photo; return the id of its message and the answer."""
    sent = people.send_photo(smile(number))["message_id"]
    (answer,) = wait_for_answers(people, [sent])
    return sent, answer


def test_the_model_version_is_stored_with_each_answer(
    sandbox: BotSandbox, people: SandboxClient, registry: Registry
) -> None:
    bot = sandbox.start_bot()
    by = {SHIPPED_NAME: ask(people, 0)}
    for number, name in enumerate(("calm", "nervous"), start=1):
        registry.promote(name)
        bot.wait_for_log(f"Model {name} is active now")
        by[name] = ask(people, number)
    assert registry.rollback() == "calm"
    bot.wait_for_log("Model calm is active now, in place of nervous")
    by["calm again"] = ask(people, 3)
    rows = stored(sandbox)
    assert {name: rows[sent].version for name, (sent, _) in by.items()} == {
        SHIPPED_NAME: SHIPPED_NAME,
        "calm": "calm",
        "nervous": "nervous",
        "calm again": "calm",
    }
    assert text_of(by["calm again"][1]) == text_of(by["calm"][1])
    assert rows[by["calm"][0]].verdict == "unsure"
    assert rows[by["nervous"][0]].verdict == "happy"
    assert bot.stop() == 0
    assert "Traceback" not in bot.log
    again = sandbox.start_bot()
    assert "Model calm loaded" in again.log


def test_corrections_are_known_after_a_model_swap(
    sandbox: BotSandbox, people: SandboxClient, registry: Registry
) -> None:
    bot = sandbox.start_bot()
    tap(people, ask(people, 0)[1], SAD)
    registry.promote("nervous")
    bot.wait_for_log("Model nervous is active now")
    sent, answer = ask(people, 0)
    assert button_labels(answer) == NOTED_SAD
    assert stored(sandbox)[sent].version == "nervous"
    assert list(corrections_by_face(sandbox).values()) == [["sad"]]
    _, answer = tap(people, answer, "Undo")
    assert button_labels(answer) == CHOICE
    assert list(corrections_by_face(sandbox).values()) == [["sad", "withdrawn"]]


@pytest.mark.long
def test_each_photo_is_judged_by_one_version_during_swaps(
    sandbox: BotSandbox, people: SandboxClient, registry: Registry, tmp_path: Path
) -> None:
    bot = sandbox.start_bot(BOT_WORKERS="2")
    moods = {SHIPPED_NAME: "happy"}
    for number in range(SWAPS):
        name = f"swap-{number}"
        fields, moods[name] = (CALM, "unsure") if number % 2 else (NERVOUS, "happy")
        registry.add(versions.copy_of_shipped(tmp_path / "made", name, **fields))

    answered = threading.Event()

    def swap() -> None:
        for number in range(SWAPS):
            registry.promote(f"swap-{number}")
            bot.wait_for_log(f"Model swap-{number} is active now")
            # Each version has to judge a photo before the next one replaces it.
            while f"swap-{number}" not in {row.version for row in stored(sandbox).values()}:
                answered.clear()
                assert answered.wait(60)

    swapping = threading.Thread(target=swap)
    swapping.start()
    sent: list[int] = []
    while swapping.is_alive() or len(sent) < 9:
        # Three at a time, so that some wait while others are judged.
        some = [people.send_photo(smile(len(sent) + one))["message_id"] for one in range(3)]
        wait_for_answers(people, some)
        answered.set()
        sent += some
    swapping.join()
    last, answer = ask(people, len(sent))
    rows = stored(sandbox)
    assert {*sent, last} <= set(rows)
    assert rows[last].version == f"swap-{SWAPS - 1}"
    assert "Hard to say" in text_of(answer)
    assert {row.version for row in rows.values()} >= set(moods) - {SHIPPED_NAME}
    assert [row for row in rows.values() if row.verdict != moods[row.version]] == []
    assert bot.stop() == 0
    assert "Traceback" not in bot.log


def test_a_damaged_version_is_reported_and_the_one_before_goes_on_serving(
    sandbox: BotSandbox, people: SandboxClient, registry: Registry, tmp_path: Path
) -> None:
    bot = sandbox.start_bot()
    registry.promote("calm")
    bot.wait_for_log("Model calm is active now")
    (registry.find("nervous").folder / LITERT_FILE).write_bytes(b"half")
    # In one step: the bot may look at any moment.
    chosen = tmp_path / "chosen.json"
    chosen.write_text('{"version": "nervous", "previous": ["calm"]}')
    chosen.replace(registry.find("nervous").folder.parents[1] / "current.json")
    bot.wait_for_log("Model calm goes on serving")
    assert "Version nervous is damaged" in bot.log
    sent, _ = ask(people, 1)
    assert stored(sandbox)[sent].version == "calm"
    assert bot.stop() == 0
    again = sandbox.start_bot()
    assert "Version nervous is damaged" in again.log
    assert "Model calm loaded" in again.log


@pytest.mark.long
@pytest.mark.timeout(60 + 20 * KILLS)
def test_the_registry_is_whole_after_kills_during_changes(
    sandbox: BotSandbox, people: SandboxClient, registry: Registry, tmp_path: Path
) -> None:
    for name in registry_process.MADE:
        versions.copy_of_shipped(tmp_path / "loop", name)
    folder = sandbox.folder / "data" / "models"
    command = [sys.executable, "-m", registry_process.__name__, "forever"]
    rng = random.Random(1)
    for number in range(KILLS):
        bot = sandbox.start_bot()
        with subprocess.Popen(
            [*command, folder, tmp_path / "loop"], cwd=REPOSITORY, stdout=subprocess.PIPE
        ) as changing:
            assert changing.stdout is not None
            for _ in range(rng.randint(1, 9)):
                changing.stdout.readline()
            sent, _ = ask(people, number)
            changing.kill()
            bot.signal(signal.SIGKILL)
        bot.wait()
        assert "Traceback" not in bot.log
        with acquire_lock(registry.retrain_lock):
            registry.clean_up()
        assert registry.verify() == []
        known = {*registry_process.MADE, "calm", "nervous", SHIPPED_NAME}
        assert stored(sandbox)[sent].version in known
    serving = registry.active().name
    sandbox.start_bot().wait_for_log(f"Model {serving} loaded")
    ask(people, KILLS)
