from typing import Any

from scripts.reliability.ledger import Ledger, Outcome

BUTTONS = {"inline_keyboard": [[{"text": "Right", "callback_data": "v1:1:0:r"}]]}
REFUSAL = "That is a lot at once: 9 messages are still waiting."


def sent(number: int, **content: object) -> dict[str, Any]:
    return _event(number, False, content)


def said(number: int, **content: object) -> dict[str, Any]:
    return _event(number, True, content)


def _event(number: int, by_bot: bool, content: dict[str, object]) -> dict[str, Any]:
    message = {"message_id": number, "chat": {"id": 5}, "from": {"is_bot": by_bot}, **content}
    return {"type": "message", "chat_id": 5, "message": message}


def ledger_of(*events: dict[str, Any]) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.note(event)
    return ledger


def outcomes(ledger: Ledger) -> list[Outcome]:
    return [ledger.outcome(one) for one in ledger.everything()]


def test_a_reply_with_buttons_answers_a_photo_and_a_plain_message_a_text() -> None:
    ledger = ledger_of(
        sent(1, photo=[]),
        sent(2, text="hello"),
        said(3, text="Send me a photo"),
        said(4, text="Happy", reply_to_message={"message_id": 1}, reply_markup=BUTTONS),
    )
    assert outcomes(ledger) == [Outcome.ANSWERED, Outcome.ANSWERED]
    assert not ledger.repeated()
    assert not ledger.unasked


def test_what_has_no_answer_is_silent_and_a_second_answer_is_seen() -> None:
    answer = {"reply_to_message": {"message_id": 1}, "reply_markup": BUTTONS}
    ledger = ledger_of(sent(1, photo=[]), sent(2, photo=[]), said(3, **answer), said(4, **answer))
    assert outcomes(ledger) == [Outcome.ANSWERED, Outcome.SILENT]
    assert len(ledger.waiting()) == len(ledger.repeated()) == 1


def test_a_refusal_covers_what_the_same_person_sends_within_a_minute() -> None:
    ledger = ledger_of(
        sent(1, photo=[]),
        sent(2, photo=[]),
        said(3, text=REFUSAL, reply_to_message={"message_id": 1}),
    )
    assert outcomes(ledger) == [Outcome.REFUSED, Outcome.COVERED]


def test_an_album_is_one_thing_and_a_message_out_of_the_blue_is_kept() -> None:
    album = {"photo": [], "media_group_id": "7"}
    ledger = ledger_of(
        sent(1, **album),
        sent(2, **album),
        said(3, photo=[], reply_to_message={"message_id": 1}),
        said(4, text="Two photos", reply_to_message={"message_id": 1}, reply_markup=BUTTONS),
        said(5, text="Retrained"),
    )
    assert [(one.kind, one.photos) for one in ledger.sent] == [("album", 2)]
    assert not ledger.repeated()
    assert [message["text"] for message in ledger.unasked] == ["Retrained"]
