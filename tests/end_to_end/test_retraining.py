"""/retrain and its results, with a stub in place of the training."""

import os
import re
import signal
from itertools import pairwise

import pytest

from bot.services.retraining_notifier import EDIT_EVERY_S
from tests.support.bot_process import BotProcess
from tests.support.conversation import button_labels
from tests.support.model_versions import SHIPPED_NAME
from tests.support.sandbox_client import ALEX, BEN, Json, text_of
from tests.support.stubbed_retraining import TRAINING, StubbedRetraining

pytestmark = pytest.mark.timeout(300)


def is_edited(event: Json) -> bool:
    return event["type"] == "edited" and bool(event["chat_id"] == ALEX)


def retraining_pid(bot: BotProcess) -> int:
    """Return the process id of the bot's newest retraining."""
    bot.wait_for_log("Retraining started, process")
    return int(re.findall(r"Retraining started, process (\d+)", bot.log)[-1])


def test_a_retrained_model_is_promoted_serves_and_is_rolled_back(
    retraining: StubbedRetraining,
) -> None:
    bot, people = retraining.start_bot(), retraining.people
    retraining.send_and_correct(1)
    question = retraining.request()
    assert text_of(question).startswith("There is 1 face to learn from.")
    assert "1 user: 1 by 1001" in text_of(question)
    assert button_labels(question) == ["Start", "Cancel"]
    retraining.pause()
    people.press_label(question, "Start", ALEX)
    shown = people.wait_for_text(TRAINING, chat=ALEX)
    assert shown["message_id"] == question["message_id"]
    assert "Epoch 15 of 30\nLoss 0.250, accuracy 90.0" in text_of(shown)
    assert button_labels(shown) == ["Stop"]
    retraining.send_and_correct(2)  # answers go on meanwhile
    assert retraining.version_of_last_answer() == SHIPPED_NAME
    people.set_mark()
    retraining.resume()
    card = people.wait_for_text("✅ Better than the old one", chat=ALEX)
    assert "photo" in card
    assert f"instead of {SHIPPED_NAME}" in text_of(card)
    assert "held out it is right 36 times, the model in service 20 times." in text_of(card)
    assert button_labels(card) == ["↩ Roll back"]
    bot.wait_for_log("Model learned-")
    retraining.send_and_correct(3)
    assert retraining.version_of_last_answer().startswith("learned-")
    query = people.press_label(card, "Roll back", ALEX)
    edited = people.wait_for(is_edited)["message"]
    assert people.callback(query)["text"] == f"Rolled back: {SHIPPED_NAME} is in use again."
    assert button_labels(edited) == ["Use this model"]
    bot.wait_for_log(f"Model {SHIPPED_NAME} is active now")
    retraining.send_and_correct(4)
    assert retraining.version_of_last_answer() == SHIPPED_NAME
    assert bot.stop() == 0
    # A choice is stored after it is shown and takes effect; a bot that stops has stored it.
    assert retraining.run_states() == ["promoted", "rolled_back"]
    assert "Traceback" not in bot.log


@pytest.mark.long
def test_the_progress_message_is_not_edited_too_often(retraining: StubbedRetraining) -> None:
    retraining.start_bot()
    retraining.send_and_correct(1)
    retraining.pause()
    shown = retraining.start()
    edits = []
    while len(edits) < 4:
        event = retraining.people.wait_for(is_edited)
        retraining.people.mark = event["seq"]
        edits.append(event["message"])
    assert {edit["message_id"] for edit in edits} == {shown["message_id"]}
    times = [call["at"] for call in retraining.people.requests("editMessageText")][1:]
    assert all(later - earlier > 0.9 * EDIT_EVERY_S for earlier, later in pairwise(times))


def test_promoting_a_kept_model_takes_a_second_tap(retraining: StubbedRetraining) -> None:
    bot, people = retraining.start_bot(), retraining.people
    retraining.send_and_correct(1)
    retraining.learn_nothing_better()
    people.press_label(retraining.request(), "Start", ALEX)
    card = people.wait_for_text("⏸ No better than the old one, so I kept the old one", chat=ALEX)
    assert "held out it is right 20 times, the model in service 20 times." in text_of(card)
    assert button_labels(card) == ["Use it anyway"]
    people.press_label(card, "Use it anyway", ALEX)
    card = people.wait_for(is_edited)["message"]
    assert re.search(rf"Use learned-\d+ from now on, instead of {SHIPPED_NAME}\?", text_of(card))
    assert "is active now, in place of" not in bot.log
    people.press_label(card, "Yes, use learned-", ALEX)
    bot.wait_for_log("is active now, in place of")
    assert bot.stop() == 0  # by then the choice is stored, too
    assert retraining.run_states() == ["kept", "promoted"]


def test_a_retraining_can_be_stopped(retraining: StubbedRetraining) -> None:
    retraining.start_bot()
    retraining.send_and_correct(1)
    retraining.pause()
    assert button_labels(retraining.stop(retraining.start())) == []
    # What was not learned is still new.
    assert text_of(retraining.request()).startswith("There is 1 face")


def test_two_admins_at_once_start_one_retraining(retraining: StubbedRetraining) -> None:
    bot, people = retraining.start_bot(f"{ALEX},{BEN}"), retraining.people
    retraining.send_and_correct(1)
    alexs, bens = retraining.request(ALEX), retraining.request(BEN)
    retraining.pause()
    mark = people.set_mark()
    people.fault("getUpdates", "duplicate_update", times=2)
    people.press_label(alexs, "Start", ALEX)
    people.press_label(bens, "Start", BEN)
    for admin in (ALEX, BEN):
        people.mark = mark
        people.wait_for_text(TRAINING, chat=admin)
    retraining.resume()
    for admin in (ALEX, BEN):
        people.mark = mark
        people.wait_for_text("✅ Better than the old one", chat=admin)
    assert bot.log.count("Retraining started, process") == 1
    assert retraining.run_states() == ["promoted"]
    assert text_of(retraining.request()).startswith("There is nothing new to learn since")


def test_the_bot_stops_during_a_retraining(retraining: StubbedRetraining) -> None:
    first = retraining.start_bot()
    retraining.send_and_correct(1)
    retraining.pause()
    retraining.start()
    retraining.people.set_mark()
    assert first.stop() == 0
    assert "Traceback" not in first.log
    retraining.start_bot()
    retraining.people.wait_for_text("The model in use has not changed.", chat=ALEX)
    # On a busy machine it does not find the time to say goodbye, and is killed.
    assert retraining.run_states() in (["stopped"], ["interrupted"])


def test_what_was_asked_for_while_the_bot_was_away_too_long_starts_nothing(
    retraining: StubbedRetraining,
) -> None:
    bot, people = retraining.start_bot(), retraining.people
    retraining.send_and_correct(1)
    question = retraining.request()
    assert bot.stop() == 0
    command = next(sent for sent in people.messages(ALEX) if text_of(sent) == "/retrain")
    long_ago = command["date"] - 3 * 3600
    people.deliver("message", {**command, "message_id": 9000, "date": long_ago})
    people.expire(people.press_label(question, "Start", ALEX))
    bot = retraining.start_bot()
    people.wait_for_text("You sent this /retrain 4 hours ago", chat=ALEX)
    late = people.wait_for_text("That tap came too late", chat=ALEX)
    assert late["reply_to_message"]["message_id"] == question["message_id"]
    assert retraining.run_states() == []
    people.press_label(people.message(question["message_id"], ALEX), "Start", ALEX)
    people.wait_for_text("✅ Better than the old one", chat=ALEX)
    assert bot.log.count("Retraining started, process") == 1


@pytest.mark.parametrize("ends", ["well", "killed"])
def test_the_bot_is_killed_during_a_retraining(retraining: StubbedRetraining, ends: str) -> None:
    first = retraining.start_bot()
    retraining.send_and_correct(1)
    retraining.pause()
    retraining.start()
    first.signal(signal.SIGKILL)
    first.wait()
    retraining.start_bot()
    assert text_of(retraining.request()).startswith("A retraining has been running since")
    if ends == "well":
        retraining.resume()
        told = retraining.people.wait_for_text("✅ Better than the old one", chat=ALEX)
        assert button_labels(told) == ["↩ Roll back"]
        assert retraining.run_states() == ["promoted"]
    else:
        os.kill(retraining_pid(first), signal.SIGKILL)
        retraining.people.wait_for_text("was interrupted.\nIt was killed", chat=ALEX)
        assert retraining.run_states() == ["interrupted"]


@pytest.mark.long
def test_the_bot_and_its_retraining_are_killed(retraining: StubbedRetraining) -> None:
    first = retraining.start_bot()
    retraining.send_and_correct(1)
    retraining.pause()
    retraining.start()
    first.signal(signal.SIGKILL)
    os.kill(retraining_pid(first), signal.SIGKILL)
    first.wait()
    retraining.people.set_mark()
    retraining.start_bot()
    retraining.people.wait_for_text("was interrupted.\nIt was killed", chat=ALEX)
    assert retraining.run_states() == ["interrupted"]


@pytest.mark.long
def test_all_admins_are_notified_of_a_scheduled_retraining(retraining: StubbedRetraining) -> None:
    first = retraining.start_bot()
    for number in (1, 2):
        retraining.send_and_correct(number)
    for admin in (ALEX, BEN):
        retraining.people.send_text("/start", admin)
        retraining.people.wait_for_message(chat=admin)
    assert first.stop() == 0
    retraining.people.set_mark()
    mark = retraining.people.mark
    retraining.start_bot(f"{ALEX},{BEN},4711", BOT_RETRAIN_AFTER="1")
    for admin in (ALEX, BEN):
        retraining.people.mark = mark
        retraining.people.wait_for_text("✅ Better than the old one", chat=admin)


def test_models_are_listed_and_rolled_back(retraining: StubbedRetraining) -> None:
    bot, people = retraining.start_bot(), retraining.people
    retraining.send_and_correct(1)
    people.press_label(retraining.request(), "Start", ALEX)
    people.wait_for_text("✅ Better than the old one", chat=ALEX)
    bot.wait_for_log("is active now, in place of")
    people.send_text("/models", ALEX)
    listed = people.wait_for_message(chat=ALEX)
    assert re.search(rf"▶ learned-\d+\n.*\n.*1259 faces: .*\n• {SHIPPED_NAME}", text_of(listed))
    assert button_labels(listed) == [f"↩ Roll back to {SHIPPED_NAME}"]
    people.press_label(listed, "Roll back", ALEX)
    listed = people.wait_for(is_edited)["message"]
    assert f"▶ {SHIPPED_NAME}" in text_of(listed)
    bot.wait_for_log(f"Model {SHIPPED_NAME} is active now")
