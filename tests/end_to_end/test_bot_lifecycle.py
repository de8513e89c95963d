"""Start and stop of the bot."""

import signal
import socket
from contextlib import closing

import pytest

from tests.support.bot_process import STOP_LOG, STOP_S, BotSandbox, wait_for_answers
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import SandboxClient, text_of

VERDICT = "I see no face here"
SLOW_S = 1.0  # of a download; "typing…" is shown meanwhile
OTHER_TOKEN = "999999:some-other-token-that-nobody-knows"


def test_without_a_token_it_says_how_to_get_one(sandbox: BotSandbox) -> None:
    bot = sandbox.start_bot(ready=False, TELEGRAM_BOT_TOKEN="")
    assert bot.wait() == 2
    assert "TELEGRAM_BOT_TOKEN: is missing" in bot.log
    assert "https://t.me/BotFather" in bot.log
    assert "make demo" in bot.log
    assert "Traceback" not in bot.log


def test_an_unknown_token_is_reported(sandbox: BotSandbox) -> None:
    bot = sandbox.start_bot(ready=False, TELEGRAM_BOT_TOKEN=OTHER_TOKEN)
    assert bot.wait() == 2
    assert "does not accept the token" in bot.log
    assert OTHER_TOKEN.partition(":")[2] not in bot.log
    assert "Traceback" not in bot.log
    assert "Database migrated" not in bot.log  # before anything is built


def test_it_waits_until_telegram_can_be_reached(sandbox: BotSandbox) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        unused = {"BOT_WEBHOOK_LISTEN": "127.0.0.1:1", "BOT_WEBHOOK_SECRET": "s3cret"}
        bot = sandbox.start_bot(ready=False, TELEGRAM_API_URL=url, BOT_ADMIN="5", **unused)
        bot.wait_for_log("Telegram cannot be reached")
    assert bot.stop() == 0
    assert "ignores BOT_WEBHOOK_SECRET and BOT_WEBHOOK_LISTEN" in bot.log
    assert "BOT_ADMIN is no setting. Did you mean BOT_ADMINS?" in bot.log
    assert bot.log.splitlines()[-1].endswith("Stopped")
    assert "Traceback" not in bot.log


def test_errors_of_telegram_at_the_start_only_delay_it(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    people.fault("*", "bad_gateway", times=5)
    sandbox.start_bot()
    people.send_photo(jpeg_bytes())
    assert VERDICT in text_of(people.wait_for_message())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_what_it_has_taken_before_it_stops(
    sandbox: BotSandbox, people: SandboxClient, number: signal.Signals
) -> None:
    bot = sandbox.start_bot(BOT_WORKERS="1")
    people.fault("file", "timeout", seconds=SLOW_S)
    sent = [people.send_photo(jpeg_bytes()) for _ in range(8)]
    # An album is still being collected when the signal comes.
    sent.append(people.send_photos([jpeg_bytes(), jpeg_bytes()])[0])
    people.wait_for(lambda event: event["type"] == "action", after=0)
    bot.signal(number)
    assert bot.wait(STOP_S) == 0
    assert STOP_LOG in bot.log
    assert "Traceback" not in bot.log
    # What it had taken is answered; what it had not is left for the next start.
    sandbox.start_bot()
    answers = wait_for_answers(people, [message["message_id"] for message in sent])
    assert all(VERDICT in text_of(answer) for answer in answers[:8])
    assert text_of(answers[8]).startswith("2 pictures:")


def test_it_stops_although_an_answer_hangs(sandbox: BotSandbox, people: SandboxClient) -> None:
    bot = sandbox.start_bot()
    people.fault("file", "timeout", seconds=SLOW_S)
    people.fault("sendMessage", "timeout", times=9, seconds=60)
    people.send_photo(jpeg_bytes())
    people.wait_for(lambda event: event["type"] == "action")
    assert bot.stop() == 0
    assert "1 update is left for the next start" in bot.log
    assert "Traceback" not in bot.log


def test_a_second_signal_stops_it_at_once(sandbox: BotSandbox, people: SandboxClient) -> None:
    bot = sandbox.start_bot()
    people.fault("file", "timeout", seconds=SLOW_S)
    people.fault("sendMessage", "timeout", times=9, seconds=60)
    people.send_photo(jpeg_bytes())
    people.wait_for(lambda event: event["type"] == "action")
    bot.signal(signal.SIGTERM)
    bot.wait_for_log(STOP_LOG)
    bot.signal(signal.SIGTERM)
    assert bot.wait(STOP_S) == 128 + signal.SIGTERM
    assert "exiting at once" in bot.log


def test_photos_sent_while_it_was_away_are_answered(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    people.send_photo(jpeg_bytes())
    sandbox.start_bot()
    assert VERDICT in text_of(people.wait_for_message())


def test_after_a_restart_nothing_is_answered_twice(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    first = sandbox.start_bot()
    people.send_photo(jpeg_bytes())
    people.wait_for_text(VERDICT)
    assert first.stop() == 0
    second = sandbox.start_bot()
    people.send_text("done?")
    people.wait_for_text("Send me a photo")
    assert second.stop() == 0  # it first answers all photos that it has taken
    answers = [message for message in people.messages() if message["from"]["is_bot"]]
    assert len(answers) == 2
