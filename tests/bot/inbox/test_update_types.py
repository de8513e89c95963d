"""Updates whose fields have other types than Telegram promises."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.inbox.update_types import check_types

USER = {"id": 5, "is_bot": False, "first_name": "Ann"}
MESSAGE: dict[str, Any] = {
    "message_id": 1,
    "from": USER,
    "chat": {"id": 5, "type": "private"},
    "date": 1795764000,
    "text": "hello",
}
QUERY = {"id": "7", "from": USER, "chat_instance": "1", "data": "v1:1:0:h", "message": MESSAGE}


def test_what_telegram_sends_passes() -> None:
    photo = {"file_id": "a", "file_unique_id": "b", "width": 90, "height": 60, "file_size": 1000}
    check_types({"update_id": 1, "message": {**MESSAGE, "photo": [photo], "new_field": [1]}})
    check_types({"update_id": 1, "message": {**MESSAGE, "reply_to_message": MESSAGE}})
    check_types({"update_id": 1, "callback_query": QUERY})
    check_types({"update_id": 1, "a_kind_of_the_future": {}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": 7},
        {"text": True},
        {"message_id": [1]},
        {"message_id": 2**63},
        {"date": 1.5},
        {"chat": {"id": "5", "type": "private"}},
        {"from": {"id": 2**64}},
        {"media_group_id": {}},
        {"entities": [{"type": "bold", "offset": "0", "length": 1}]},
        {"photo": [7]},
        {"document": {"file_id": "a", "file_unique_id": "b", "mime_type": 7}},
        {"reply_to_message": {**MESSAGE, "document": []}},
        {"external_reply": {"photo": [7]}},
    ],
)
def test_a_message_with_a_wrong_type_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check_types({"update_id": 1, "message": {**MESSAGE, **wrong}})


@pytest.mark.parametrize(
    "wrong", [{"id": 7}, {"data": []}, {"game_short_name": []}, {"message": 7}, {"from": None}]
)
def test_a_tap_with_a_wrong_type_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check_types({"update_id": 1, "callback_query": {**QUERY, **wrong}})
