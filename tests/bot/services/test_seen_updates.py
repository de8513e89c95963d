from telegram import Update

from bot.services.seen_updates import Seen


def update(number: int, message_id: int | None = None) -> Update:
    fields: dict[str, object] = {"update_id": number}
    if message_id is not None:
        chat = {"id": 1, "type": "private"}
        fields["message"] = {"message_id": message_id, "date": 0, "chat": chat}
    return Update.de_json(fields, None)


def test_the_same_update_is_recognised() -> None:
    seen = Seen()
    assert not seen.before(update(1))
    assert seen.before(update(1))
    assert not seen.before(update(2))


def test_the_same_message_under_another_number_is_recognised() -> None:
    seen = Seen()
    assert not seen.before(update(1, message_id=5))
    assert seen.before(update(2, message_id=5))
    assert not seen.before(update(3, message_id=6))


def test_only_the_latest_are_remembered() -> None:
    seen = Seen(most=2)
    for number in (1, 2, 3):
        assert not seen.before(update(number))
    assert seen.before(update(3))
    assert not seen.before(update(1))
