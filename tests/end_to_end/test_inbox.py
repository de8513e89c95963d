"""What is in hand when the bot ends, one way or the other, is answered by the next one."""

import signal

import pytest

from bot.replies import inbox as replies
from tests.support.bot_database import rows
from tests.support.bot_process import STOP_S, BotSandbox, wait_for_answers
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import SandboxClient, text_of

VERDICT = "I see no face here"


def is_typing(event: dict[str, object]) -> bool:
    return event["type"] == "action"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_photos_in_hand_at_its_end_are_answered_once_by_the_next_bot(
    sandbox: BotSandbox, people: SandboxClient, number: signal.Signals
) -> None:
    people.fault("file", "timeout", times=None, seconds=60)
    sent = [people.send_photo(jpeg_bytes())["message_id"] for _ in range(5)]
    sent.append(people.send_photos([jpeg_bytes(), jpeg_bytes()])[0]["message_id"])
    bot = sandbox.start_bot(BOT_WORKERS="1")
    people.wait_for(is_typing)
    bot.signal(number)
    bot.wait(STOP_S)
    people.clear_faults()
    sandbox.start_bot()
    answers = wait_for_answers(people, sent)
    assert all(VERDICT in text_of(answer) for answer in answers[:5])
    assert text_of(answers[5]).startswith("2 pictures:")
    assert len(people.messages()) == len(sent) + 1 + len(answers)


def test_a_stop_during_a_flood_limit_loses_no_answer(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    people.fault("sendMessage", "too_many_requests", times=None, retry_after=60)
    sent = [people.send_photo(jpeg_bytes())["message_id"] for _ in range(8)]
    bot = sandbox.start_bot()  # it gets all of them at once
    bot.wait_for_log("sendMessage")
    assert bot.stop() == 0
    assert "8 updates are left for the next start" in bot.log
    people.clear_faults()
    sandbox.start_bot()
    answers = wait_for_answers(people, sent)
    assert all(VERDICT in text_of(answer) for answer in answers)
    assert len(people.messages()) == 16


def test_what_was_in_hand_when_two_bots_were_killed_is_apologised_for(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    people.fault("file", "timeout", times=None, seconds=60)
    photo = people.send_photo(jpeg_bytes())
    for _ in range(2):
        bot = sandbox.start_bot(ready=False)
        people.wait_for(is_typing)
        people.set_mark()
        bot.signal(signal.SIGKILL)
        bot.wait(STOP_S)
    people.clear_faults()
    bot = sandbox.start_bot()
    (answer,) = wait_for_answers(people, [photo["message_id"]])
    assert text_of(answer) == replies.set_aside()
    assert "is set aside" in bot.log
    assert bot.stop() == 0
    assert rows(sandbox, "SELECT state, content, chat_id, user_id FROM inbox") == [
        ("set_aside", None, None, None)
    ]


def test_nothing_of_a_handled_update_is_kept_but_its_id_kind_and_time(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot()
    people.send_text("a secret")
    people.wait_for_message()
    assert bot.stop() == 0
    kept = "SELECT kind, state, content, chat_id, user_id FROM inbox"
    assert rows(sandbox, kept) == [("message", "done", None, None, None)]
