"""Errors of Telegram and of the network."""

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import FloodLimits, Rate
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_process import BotSandbox, wait_for_answers
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import SandboxClient, text_of

VERDICT = "judged the picture as a whole"


@pytest.mark.parametrize("method", ["sendMessage", "getFile", "file"])
@pytest.mark.parametrize("kind", ["bad_gateway", "drop"])
def test_calls_that_fail_are_repeated(chat: SandboxClient, method: str, kind: str) -> None:
    chat.fault(method, kind)
    chat.send_photo(jpeg_bytes())
    assert VERDICT in text_of(chat.wait_for_message())


def test_a_flood_limit_is_waited_out(chat: SandboxClient) -> None:
    chat.fault("sendMessage", "too_many_requests", retry_after=1)
    chat.send_photo(jpeg_bytes())
    assert VERDICT in text_of(chat.wait_for_message())


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


def test_a_failed_download_is_reported(chat: SandboxClient) -> None:
    chat.fault("file", "drop", times=4)
    chat.send_photo(jpeg_bytes())
    assert "did not give me this photo" in text_of(chat.wait_for_message())


def test_many_photos_at_once_are_all_answered_within_flood_limits(sandbox: BotSandbox) -> None:
    strict = SandboxOptions(limits=FloodLimits(chat=Rate(6, 1.0)))
    with SandboxServer(strict) as server, SandboxClient(server.url) as client:
        sandbox.start_bot(TELEGRAM_API_URL=server.url, BOT_WORKERS="2")
        sent = [client.send_photo(jpeg_bytes())["message_id"] for _ in range(9)]
        answers = wait_for_answers(client, sent)
        assert all(VERDICT in text_of(answer) for answer in answers)
        assert len(client.messages()) == 18
        assert all(call["ok"] for call in client.requests("sendMessage"))


def test_a_second_bot_with_the_same_token_is_one_line_in_the_log(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    first = sandbox.start_bot()
    second = sandbox.start_bot()
    first.wait_for_log("same token (409)")
    assert second.stop() == 0
    people.send_photo(jpeg_bytes())
    assert VERDICT in text_of(people.wait_for_message(timeout=60))
    assert first.stop() == 0
    assert first.log.count("(409)") == 1
    assert "Traceback" not in first.log
