"""Updates that python-telegram-bot cannot parse."""

from bot.replies import inbox as replies
from tests.support.bot_database import rows
from tests.support.bot_process import BotSandbox
from tests.support.sandbox_client import ANNA, BEN, Json, SandboxClient

CHAT = {"id": ANNA, "type": "private", "first_name": "Anna"}
MESSAGE: Json = {
    "message_id": 7,
    "from": {"id": ANNA, "is_bot": False, "first_name": "Anna"},
    "chat": CHAT,
    "date": 1795764000,
    "text": "a secret of Anna's",
}
BROKEN: list[Json] = [
    {"forward_origin": {"type": "hidden_user", "date": 1422450181}},  # without a name
    {"poll": {"id": "1", "question": "?", "options": []}},  # of an older server
    {"date": 2**40},  # beyond the year 9999
    {"chat": {"id": ANNA}},  # without a type
    {"text": 7},
]


def test_unparsable_updates_are_set_aside_for_good_and_hold_nobody_up(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot()
    people.send_text("/start")
    people.wait_for_text("photo")
    for broken in BROKEN:
        people.deliver("message", {**MESSAGE, **broken})
    people.deliver("message", 5)
    people.send_text("/start", user=BEN)
    people.wait_for_text("photo", chat=BEN)
    people.wait_for_text(replies.unreadable())
    assert bot.stop() == 0
    complaints = [line for line in bot.log.splitlines() if "cannot be parsed" in line]
    assert len(complaints) == 1  # a minute
    assert "(message)" in complaints[0]
    assert "Traceback" not in bot.log
    assert "secret" not in bot.log
    states = rows(sandbox, "SELECT state, count(*), count(content) FROM inbox GROUP BY state")
    assert states == [("done", 2, 0), ("set_aside", 6, 0)]
    again = sandbox.start_bot()
    people.send_text("/start", user=BEN)
    people.wait_for_text("photo", chat=BEN)
    assert again.stop() == 0
    assert "cannot be parsed" not in again.log
