"""/retrain of a bot without TensorFlow, and `photo-mood retrain --watch` beside it."""

import os
import re
import signal

import pytest

from tests.support.bot_database import rows
from tests.support.conversation import button_labels
from tests.support.model_versions import SHIPPED_NAME
from tests.support.sandbox_client import ALEX, text_of
from tests.support.stubbed_retraining import TRAINING
from tests.support.watcher_process import WatchedRetraining, WatcherProcess

pytestmark = pytest.mark.timeout(300)


def kill_with_training(watcher: WatcherProcess) -> None:
    """Kill a watcher and what it has started, as when its container is killed."""
    started = re.findall(r"Retraining started, process (\d+)", watcher.log)
    watcher.signal(signal.SIGKILL)
    os.kill(int(started[-1]), signal.SIGKILL)
    watcher.wait()


@pytest.mark.long
def test_a_watcher_retrains_for_a_bot_that_cannot(watched: WatchedRetraining) -> None:
    bot, people = watched.start_bot(), watched.people
    watched.send_and_correct(1)
    assert "\nphoto-mood retrain --watch --data-dir" in text_of(watched.request())
    watcher = watched.start_watcher()
    watched.pause()
    shown = watched.start()
    assert "Epoch 15 of 30\nLoss 0.250, accuracy 90.0" in text_of(shown)
    assert button_labels(shown) == ["Stop"]
    assert bot.stop() == 0  # the retraining goes on without the bot
    people.set_mark()
    bot = watched.start_bot()
    watched.send_and_correct(2)
    assert watched.version_of_last_answer() == SHIPPED_NAME
    watched.resume()
    over = people.wait_for_text("Here is how it went", chat=ALEX)
    assert over["message_id"] == shown["message_id"]
    card = people.wait_for_text("✅ Better than the old one", chat=ALEX)
    assert "photo" in card
    bot.wait_for_log("Model learned-")
    watched.send_and_correct(3)
    assert watched.version_of_last_answer().startswith("learned-")
    assert watcher.stop() == 0
    assert bot.stop() == 0
    assert watched.run_states() == ["promoted"]
    assert rows(watched.sandbox, "SELECT * FROM retraining_requests") == []
    assert rows(watched.sandbox, "SELECT * FROM retraining_watchers") == []
    assert "Traceback" not in bot.log + watcher.log


@pytest.mark.long
def test_the_stop_button_stops_a_watchers_retraining(watched: WatchedRetraining) -> None:
    watched.start_bot()
    watched.start_watcher()
    watched.send_and_correct(1)
    watched.pause()
    watched.stop(watched.start())


@pytest.mark.long  # the schedule is looked at every minute
def test_one_of_two_watchers_carries_out_a_scheduled_retraining(
    watched: WatchedRetraining,
) -> None:
    watched.start_bot(BOT_RETRAIN_AFTER="1")
    watchers = [watched.start_watcher() for _ in range(2)]
    watched.people.send_text("/start", ALEX)  # bots may write to nobody first
    watched.people.wait_for_message(chat=ALEX)
    watched.send_and_correct(1)
    watched.people.wait_for_text("✅ Better than the old one", chat=ALEX, timeout=180)
    started = "".join(watcher.log for watcher in watchers).count("Retraining started, process")
    assert started == 1
    assert watched.run_states() == ["promoted"]


@pytest.mark.long  # a watcher counts as gone after half a minute
def test_a_watcher_that_is_killed_is_noticed(watched: WatchedRetraining) -> None:
    watched.start_bot()
    watched.send_and_correct(1)
    watcher = watched.start_watcher()
    watched.pause()
    shown = watched.start()
    kill_with_training(watcher)
    told = watched.people.wait_for_text("was interrupted.\nIt was killed", chat=ALEX)
    assert told["message_id"] == shown["message_id"]
    assert watched.run_states() == ["interrupted"]
    watched.resume()
    watched.start_watcher()
    watched.people.press_label(watched.request(), "Start", ALEX)
    watched.people.wait_for_text("✅ Better than the old one", chat=ALEX)


@pytest.mark.long
def test_a_watcher_is_killed_and_what_it_has_started_goes_on(watched: WatchedRetraining) -> None:
    watched.start_bot()
    watched.send_and_correct(1)
    watcher = watched.start_watcher()
    watched.pause()
    shown = watched.start()
    watcher.signal(signal.SIGKILL)
    unseen = watched.people.wait_for_text("I cannot see how far it is", chat=ALEX)
    assert unseen["message_id"] == shown["message_id"]
    assert button_labels(unseen) == []
    watched.resume()
    watched.people.wait_for_text("✅ Better than the old one", chat=ALEX)
    assert TRAINING not in text_of(watched.people.message(shown["message_id"], ALEX))
