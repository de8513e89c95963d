"""Updates that python-telegram-bot cannot parse."""

import pytest

from tests.support.bot_process import BotSandbox
from tests.support.sandbox_client import ANNA, Json, SandboxClient

CHAT = {"id": ANNA, "type": "private", "first_name": "Anna"}
MESSAGE: Json = {
    "message_id": 7,
    "from": {"id": ANNA, "is_bot": False, "first_name": "Anna"},
    "chat": CHAT,
    "date": 1795764000,
    "text": "a secret of Anna's",
}
UNPARSABLE = {
    "a hidden user without a name": {"forward_origin": {"type": "hidden_user", "date": 1422450181}},
    "a poll of an older server": {"poll": {"id": "1", "question": "?", "options": []}},
    "a date beyond the year 9999": {"date": 2**40},
    "a chat without a type": {"chat": {"id": ANNA}},
    "a number for a message": None,
}


@pytest.mark.parametrize("broken", UNPARSABLE.values(), ids=UNPARSABLE)
def test_an_unparsable_update_is_skipped_for_good(
    sandbox: BotSandbox, people: SandboxClient, broken: Json | None
) -> None:
    bot = sandbox.start_bot()
    people.deliver("message", 5 if broken is None else {**MESSAGE, **broken})
    people.send_text("/start")
    people.wait_for_text("photo")
    assert bot.stop() == 0
    complaints = [line for line in bot.log.splitlines() if "cannot be parsed" in line]
    assert len(complaints) == 1
    assert "(message)" in complaints[0]
    assert "Traceback" not in bot.log
    assert "secret" not in bot.log
    again = sandbox.start_bot()
    people.send_text("/start")
    people.wait_for_text("photo")
    assert again.stop() == 0
    assert "cannot be parsed" not in again.log
