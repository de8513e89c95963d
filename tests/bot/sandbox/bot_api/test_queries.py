"""getChat, getChatMember, getFile and answers to button presses."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import BotApiClient
from tests.support.manual_clock import ManualClock
from tests.support.sandbox_client import ALEX, ANNA, BEN, BOT, GROUP, SandboxClient


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[SandboxServer]:
    """A sandbox with a manual clock."""
    with SandboxServer(SandboxOptions(clock=clock)) as server:
        yield server


@pytest.fixture
def question(bot_api: BotApiClient) -> dict[str, Any]:
    """A message of the bot in the group, with a button."""
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    message: dict[str, Any] = bot_api.call(
        "sendMessage", chat_id=GROUP, text="?", reply_markup=keyboard
    )
    return message


def test_chats_are_described(bot_api: BotApiClient) -> None:
    group = bot_api.call("getChat", chat_id=GROUP)
    assert (group["title"], group["type"]) == ("Holiday photos", "supergroup")
    assert bot_api.call("getChat", chat_id=BEN)["username"] == "ben"
    assert bot_api.error("getChat", chat_id=77) == (400, "Bad Request: chat not found")


@pytest.mark.parametrize(
    ("chat", "user", "status"),
    [
        (GROUP, ALEX, "creator"),
        (GROUP, ANNA, "member"),
        (GROUP, BOT, "member"),
        (ANNA, ANNA, "member"),
        (ANNA, BEN, "left"),
    ],
)
def test_chat_members_have_a_status(
    bot_api: BotApiClient, chat: int, user: int, status: str
) -> None:
    found = bot_api.call("getChatMember", chat_id=chat, user_id=user)
    assert (found["status"], found["user"]["id"]) == (status, user)


def test_the_owner_is_the_only_administrator_of_the_group(bot_api: BotApiClient) -> None:
    (owner,) = bot_api.call("getChatAdministrators", chat_id=GROUP)
    assert owner == bot_api.call("getChatMember", chat_id=GROUP, user_id=ALEX)
    assert bot_api.error("getChatAdministrators", chat_id=ANNA) == (
        400,
        "Bad Request: there are no administrators in the private chat",
    )


def test_an_unknown_user_is_not_a_member(bot_api: BotApiClient) -> None:
    assert bot_api.error("getChatMember", chat_id=GROUP, user_id=5)[1] == (
        "Bad Request: PARTICIPANT_ID_INVALID"
    )
    assert bot_api.error("getChatMember", chat_id=GROUP)[1] == (
        "Bad Request: invalid user_id specified"
    )


def test_a_file_is_downloaded_by_its_path(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    sent = client.send_document(photo, "holiday.jpeg")["document"]
    file = bot_api.call("getFile", file_id=sent["file_id"])
    assert file["file_size"] == len(photo)
    assert file["file_unique_id"] == sent["file_unique_id"]
    assert file["file_path"].startswith("documents/file_")
    assert file["file_path"].endswith(".jpeg")
    assert bot_api.http.get(f"{bot_api.files}/{file['file_path']}").content == photo


@pytest.mark.parametrize("name", ["a.b/../../c", "x.jp?g", "y.#", "z.ü", ""])
def test_odd_file_names_do_not_end_up_in_paths(
    bot_api: BotApiClient, client: SandboxClient, name: str
) -> None:
    sent = client.send_document(b"data", name or "x")["document"]
    path = bot_api.call("getFile", file_id=sent["file_id"])["file_path"]
    assert bot_api.http.get(f"{bot_api.files}/{path}").content == b"data"


def test_a_file_above_20_mb_cannot_be_downloaded(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    limit = 20 * 2**20
    fits = client.send_document(bytes(limit), "fits.bin")["document"]
    large = client.send_document(bytes(limit + 1), "large.bin")["document"]
    assert bot_api.call("getFile", file_id=fits["file_id"])["file_size"] == limit
    assert large["file_size"] == limit + 1
    assert bot_api.error("getFile", file_id=large["file_id"]) == (
        400,
        "Bad Request: file is too big",
    )


def test_a_missing_file_is_rejected(bot_api: BotApiClient) -> None:
    assert bot_api.error("getFile")[1] == "Bad Request: file_id not specified"
    assert bot_api.error("getFile", file_id="nothing")[1] == (
        "Bad Request: wrong file_id or the file is temporarily unavailable"
    )


def test_the_answer_to_a_press_is_shown_to_its_user(
    bot_api: BotApiClient, client: SandboxClient, question: dict[str, Any]
) -> None:
    query_id = client.press(question, "yes", user=BEN)
    query = bot_api.call("getUpdates")[-1]["callback_query"]
    assert (query["id"], query["data"], query["from"]["id"]) == (query_id, "yes", BEN)
    assert query["message"] == question
    assert client.callback(query_id)["answered"] is False
    assert bot_api.call(
        "answerCallbackQuery", callback_query_id=query_id, text="Thanks", show_alert=True
    )
    answer = {"answered": True, "text": "Thanks", "show_alert": True}
    assert client.wait_for_answer(query_id) == answer
    event = client.wait_for(lambda event: event["type"] == "callback_answer")
    assert (event["chat_id"], event["user_id"], event["text"]) == (GROUP, BEN, "Thanks")
    # Only the first answer counts.
    bot_api.call("answerCallbackQuery", callback_query_id=query_id, text="Again")
    assert client.callback(query_id) == answer


def test_presses_in_a_chat_share_the_chat_instance(
    bot_api: BotApiClient, client: SandboxClient, question: dict[str, Any]
) -> None:
    client.press(question, "yes", user=BEN)
    client.press(question, "yes", user=ANNA)
    queries = [update["callback_query"] for update in bot_api.call("getUpdates")]
    assert queries[0]["chat_instance"] == queries[1]["chat_instance"]
    assert queries[0]["id"] != queries[1]["id"]


def test_an_old_or_unknown_press_cannot_be_answered(
    bot_api: BotApiClient, client: SandboxClient, question: dict[str, Any], clock: ManualClock
) -> None:
    too_old = (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    assert bot_api.error("answerCallbackQuery", callback_query_id="1") == too_old
    expired = client.press(question, "yes")
    client.expire(expired)
    assert bot_api.error("answerCallbackQuery", callback_query_id=expired) == too_old
    late = client.press(question, "yes")
    clock.now += 61
    assert bot_api.error("answerCallbackQuery", callback_query_id=late) == too_old
    long_text = bot_api.error("answerCallbackQuery", callback_query_id=late, text="x" * 201)
    assert long_text == (400, "Bad Request: MESSAGE_TOO_LONG")
