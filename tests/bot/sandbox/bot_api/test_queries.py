"""getChat, getChatMember, getFile, command menus, answers to presses, logOut, close."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import Wire
from tests.support.sandbox_client import ALEX, ANNA, BEN, BOT, GROUP, SandboxClient


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The sandbox's clock."""
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[SandboxServer]:
    """A sandbox with a clock of its own."""
    with SandboxServer(SandboxOptions(clock=clock)) as server:
        yield server


@pytest.fixture
def question(wire: Wire) -> dict[str, Any]:
    """A message of the bot in the group, with a button."""
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    message: dict[str, Any] = wire.call(
        "sendMessage", chat_id=GROUP, text="?", reply_markup=keyboard
    )
    return message


def test_chats_are_described(wire: Wire) -> None:
    group = wire.call("getChat", chat_id=GROUP)
    assert (group["title"], group["type"]) == ("Holiday photos", "supergroup")
    assert wire.call("getChat", chat_id=BEN)["username"] == "ben"
    assert wire.refusal("getChat", chat_id=77) == (400, "Bad Request: chat not found")


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
def test_members_have_their_standing(wire: Wire, chat: int, user: int, status: str) -> None:
    found = wire.call("getChatMember", chat_id=chat, user_id=user)
    assert (found["status"], found["user"]["id"]) == (status, user)


def test_nobody_is_no_member(wire: Wire) -> None:
    assert wire.refusal("getChatMember", chat_id=GROUP, user_id=5)[1] == (
        "Bad Request: PARTICIPANT_ID_INVALID"
    )
    assert wire.refusal("getChatMember", chat_id=GROUP)[1] == (
        "Bad Request: invalid user_id specified"
    )


def test_a_file_is_downloaded_by_its_path(wire: Wire, people: SandboxClient, photo: bytes) -> None:
    sent = people.send_document(photo, "holiday.jpeg")["document"]
    file = wire.call("getFile", file_id=sent["file_id"])
    assert file["file_size"] == len(photo)
    assert file["file_unique_id"] == sent["file_unique_id"]
    assert file["file_path"].startswith("documents/file_")
    assert file["file_path"].endswith(".jpeg")
    assert wire.http.get(f"{wire.files}/{file['file_path']}").content == photo


@pytest.mark.parametrize("name", ["a.b/../../c", "x.jp?g", "y.#", "z.ü", ""])
def test_odd_names_make_no_odd_paths(wire: Wire, people: SandboxClient, name: str) -> None:
    sent = people.send_document(b"data", name or "x")["document"]
    path = wire.call("getFile", file_id=sent["file_id"])["file_path"]
    assert wire.http.get(f"{wire.files}/{path}").content == b"data"


def test_a_file_above_20_mb_cannot_be_downloaded(wire: Wire, people: SandboxClient) -> None:
    limit = 20 * 2**20
    fits = people.send_document(bytes(limit), "fits.bin")["document"]
    large = people.send_document(bytes(limit + 1), "large.bin")["document"]
    assert wire.call("getFile", file_id=fits["file_id"])["file_size"] == limit
    assert large["file_size"] == limit + 1
    assert wire.refusal("getFile", file_id=large["file_id"]) == (
        400,
        "Bad Request: file is too big",
    )


def test_a_file_that_is_none_is_refused(wire: Wire) -> None:
    assert wire.refusal("getFile")[1] == "Bad Request: file_id not specified"
    assert wire.refusal("getFile", file_id="nothing")[1] == (
        "Bad Request: wrong file_id or the file is temporarily unavailable"
    )


def test_an_answer_reaches_who_pressed(
    wire: Wire, people: SandboxClient, question: dict[str, Any]
) -> None:
    query_id = people.press(question, "yes", user=BEN)
    query = wire.call("getUpdates")[-1]["callback_query"]
    assert (query["id"], query["data"], query["from"]["id"]) == (query_id, "yes", BEN)
    assert query["message"] == question
    assert people.callback(query_id)["answered"] is False
    assert wire.call(
        "answerCallbackQuery", callback_query_id=query_id, text="Thanks", show_alert=True
    )
    answer = {"answered": True, "text": "Thanks", "show_alert": True}
    assert people.wait_for_answer(query_id) == answer
    event = people.wait_for(lambda event: event["type"] == "callback_answer")
    assert (event["chat_id"], event["user_id"], event["text"]) == (GROUP, BEN, "Thanks")
    # The first answer stands.
    wire.call("answerCallbackQuery", callback_query_id=query_id, text="Again")
    assert people.callback(query_id) == answer


def test_presses_in_one_chat_share_their_instance(
    wire: Wire, people: SandboxClient, question: dict[str, Any]
) -> None:
    people.press(question, "yes", user=BEN)
    people.press(question, "yes", user=ANNA)
    queries = [update["callback_query"] for update in wire.call("getUpdates")]
    assert queries[0]["chat_instance"] == queries[1]["chat_instance"]
    assert queries[0]["id"] != queries[1]["id"]


def test_an_old_or_unknown_press_cannot_be_answered(
    wire: Wire, people: SandboxClient, question: dict[str, Any], clock: Clock
) -> None:
    too_old = (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    assert wire.refusal("answerCallbackQuery", callback_query_id="1") == too_old
    expired = people.press(question, "yes")
    people.expire(expired)
    assert wire.refusal("answerCallbackQuery", callback_query_id=expired) == too_old
    late = people.press(question, "yes")
    clock.now += 61
    assert wire.refusal("answerCallbackQuery", callback_query_id=late) == too_old
    long_text = wire.refusal("answerCallbackQuery", callback_query_id=late, text="x" * 201)
    assert long_text == (400, "Bad Request: MESSAGE_TOO_LONG")


def test_closing_is_refused_in_the_first_ten_minutes(wire: Wire, clock: Clock) -> None:
    clock.now += 590
    answer = wire.post("close")
    assert answer.status_code == 429
    assert answer.json()["parameters"] == {"retry_after": 10}
    clock.now += 10
    assert wire.call("close") is True


def test_a_bot_that_logged_out_is_gone_for_ten_minutes(wire: Wire, clock: Clock) -> None:
    assert wire.call("logOut") is True
    assert wire.refusal("getMe") == (400, "Logged out")
    clock.now += 601
    assert wire.call("getMe")["id"] == BOT
