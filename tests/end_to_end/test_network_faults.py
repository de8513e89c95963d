"""Errors of Telegram and of the network."""

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import FloodLimits, Rate
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_process import BotSandbox, wait_for_answers
from tests.support.conversation import ask_in_group
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import ANNA, BEN, GROUP, Json, SandboxClient, text_of

SUPERGROUP = -1001000000777
VERDICT = "I see no face here"


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("sendMessage", "internal_error"),
        ("sendMessage", "html"),
        ("sendMessage", "reset"),
        ("sendMessage", "half_body"),
        ("getFile", "bad_gateway"),
        ("getFile", "drop"),
        ("file", "bad_gateway"),
        ("file", "drop"),
    ],
)
def test_calls_that_fail_are_repeated(chat: SandboxClient, method: str, kind: str) -> None:
    chat.fault(method, kind)
    photo = chat.send_photo(jpeg_bytes())
    chat.wait_for(lambda _: answers_to(photo, chat))
    # The first attempt may have had its effect: that cannot be known.
    assert len(answers_to(photo, chat)) <= 2


def answers_to(photo: Json, chat: SandboxClient) -> list[Json]:
    return [message for message in chat.messages() if message.get("reply_to_message") == photo]


def test_an_answer_outlasts_an_outage(sandbox: BotSandbox, people: SandboxClient) -> None:
    bot = sandbox.start_bot()
    # The photo still comes, and then nothing gets through.
    people.fault("sendMessage", "drop", times=1)
    people.send_photo(jpeg_bytes())
    bot.wait_for_log("sendMessage failed")
    people.cut_network(seconds=2)
    assert VERDICT in text_of(people.wait_for_message(timeout=60))
    bot.wait_for_log("get through again")
    assert bot.stop() == 0
    assert bot.log.count("repeated until") == bot.log.count("get through again") == 1
    assert "Traceback" not in bot.log


def test_somebody_who_cannot_be_answered_is_one_line_in_the_log(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot()
    people.refuse(ANNA, "blocked")
    people.send_photo(jpeg_bytes())
    bot.wait_for_log("does not let the bot answer")
    assert bot.stop() == 0
    assert len(people.requests("sendMessage")) == 1
    after_start = bot.log.partition("Ready:")[2].partition("received, finishing")[0]
    assert len(after_start.splitlines()) == 3  # the rest of a line, the refusal, and the stop


def test_a_group_that_became_a_supergroup_is_answered_there(chat: SandboxClient) -> None:
    chat.refuse(GROUP, "migrated", migrate_to_chat_id=SUPERGROUP)
    ask_in_group(chat, jpeg_bytes())
    assert VERDICT in text_of(chat.wait_for_message(chat=SUPERGROUP))
    chat.clear_faults()


def test_after_the_token_was_revoked_nothing_is_shown_and_nothing_lost(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot()
    people.fault("sendMessage", "unauthorized", times=None)
    people.send_photo(jpeg_bytes())
    bot.wait_for_log("sendMessage failed (status 401)")
    people.revoke_token()
    assert bot.wait() == 2
    assert "Telegram does not accept the token" in bot.log
    assert "Traceback" not in bot.log  # the fixture looks for the token
    people.clear_faults()
    sandbox.start_bot()
    assert VERDICT in text_of(people.wait_for_message())


def test_a_flood_limit_in_one_chat_delays_that_chat_alone(chat: SandboxClient) -> None:
    chat.fault("sendMessage", "too_many_requests", chat=ANNA, retry_after=3)
    chat.send_text("/help", user=ANNA)
    mark = chat.mark
    chat.send_text("/help", user=BEN)
    chat.mark = mark
    first = chat.wait_for_message()
    assert first["chat"]["id"] == BEN
    assert text_of(chat.wait_for_message(chat=ANNA)) == text_of(first)


def test_it_goes_on_after_errors_of_get_updates(chat: SandboxClient) -> None:
    for kind in ("bad_gateway", "drop", "too_many_requests"):
        chat.fault("getUpdates", kind)
    # The first photo still comes with the request that was under way, the second after the trouble.
    for _ in range(2):
        chat.send_photo(jpeg_bytes())
        assert VERDICT in text_of(chat.wait_for_message())


def test_errors_of_chat_actions_do_not_matter(chat: SandboxClient) -> None:
    chat.fault("sendChatAction", "too_many_requests", times=3)
    chat.send_photo(jpeg_bytes())
    assert VERDICT in text_of(chat.wait_for_message())
    chat.clear_faults()


@pytest.mark.parametrize("kind", ["drop", "half_body", "html"])
def test_a_failed_download_is_reported(chat: SandboxClient, kind: str) -> None:
    chat.fault("file", kind, times=3)
    chat.send_photo(jpeg_bytes())
    assert "could not download this photo from Telegram" in text_of(chat.wait_for_message())


@pytest.mark.parametrize("kind", ["large_body", "large_chunked_body"])
def test_a_file_that_does_not_end_is_not_read_to_its_end(chat: SandboxClient, kind: str) -> None:
    chat.fault("file", kind, size=300 * 2**20)
    chat.send_photo(jpeg_bytes())
    assert "could not download this photo from Telegram" in text_of(chat.wait_for_message())


def test_many_photos_at_once_are_all_answered_within_flood_limits(sandbox: BotSandbox) -> None:
    strict = SandboxOptions(limits=FloodLimits(chat=Rate(11, 1.0)))
    with SandboxServer(strict) as server, SandboxClient(server.url) as client:
        sandbox.start_bot(TELEGRAM_API_URL=server.url, BOT_WORKERS="2")
        sent = [client.send_photo(jpeg_bytes())["message_id"] for _ in range(13)]
        answers = wait_for_answers(client, sent)
        assert all(VERDICT in text_of(answer) for answer in answers)
        assert len(client.messages()) == 26
        assert all(call["ok"] for call in client.requests("sendMessage"))


def test_a_second_bot_with_the_same_token_is_one_line_in_the_log(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    first = sandbox.start_bot()
    second = sandbox.start_bot(BOT_DATA_DIR="data of the second")
    first.wait_for_log("same token (409)")
    assert second.stop() == 0
    people.send_photo(jpeg_bytes())
    assert VERDICT in text_of(people.wait_for_message(timeout=60))
    assert first.stop() == 0
    assert first.log.count("(409)") == 1
    assert "Traceback" not in first.log
