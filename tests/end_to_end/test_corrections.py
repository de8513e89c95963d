"""Corrections by taps on the buttons of an answer."""

import pytest

from tests.support.bot_database import corrections_by_face
from tests.support.bot_process import BotSandbox
from tests.support.conversation import (
    CHOICE,
    NOTED_SAD,
    SAD,
    ask_in_group,
    button_labels,
    refusal,
    tap,
)
from tests.support.pictures import jpeg_bytes
from tests.support.portraits import group_photo, jpeg_of, portrait
from tests.support.sandbox_client import BEN, SandboxClient, buttons, text_of


@pytest.fixture
def known(shared_sandbox: BotSandbox) -> set[int]:
    """The faces that were labelled before the test."""
    return set(corrections_by_face(shared_sandbox))


def new_corrections(sandbox: BotSandbox, known: set[int]) -> list[list[str]]:
    return [said for face, said in corrections_by_face(sandbox).items() if face not in known]


def portrait_of(number: int) -> bytes:
    """Return a portrait that no other test sends."""
    picture = portrait()
    picture.paste((20 * number, 40, 200), (0, 0, 32, 32))
    return jpeg_of(picture)


def wait_for_edit(chat: SandboxClient) -> None:
    """Wait for the edit that follows a tap, which the next test would take for its answer."""
    chat.wait_for(lambda event: event["type"] == "edited")


def test_a_correction_can_be_undone_and_changed(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int]
) -> None:
    chat.send_photo(portrait_of(1))
    answer = chat.wait_for_message()
    assert button_labels(answer) == CHOICE
    toast, answer = tap(chat, answer, SAD)
    assert toast == "Got it: 😢 Sad. Thanks!"
    assert button_labels(answer) == NOTED_SAD
    _, answer = tap(chat, answer, "Undo")
    assert button_labels(answer) == CHOICE
    _, answer = tap(chat, answer, "Not a face")
    _, answer = tap(chat, answer, "✔ Not a face")
    _, answer = tap(chat, answer, "👍 Right")
    assert button_labels(answer) == ["✔ It's 😊 Happy", "Undo", "Why?"]
    assert new_corrections(shared_sandbox, known) == [["sad", "withdrawn", "not_a_face", "happy"]]


def test_a_picture_without_a_face_offers_moods_only(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int]
) -> None:
    chat.send_photo(jpeg_bytes(color=(1, 2, 3)))
    answer = chat.wait_for_message()
    assert len(button_labels(answer)) == 2
    assert "Not a face" not in button_labels(answer)
    tap(chat, answer, button_labels(answer)[1])
    assert len(new_corrections(shared_sandbox, known)) == 1


def test_each_of_several_faces_can_be_corrected(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int]
) -> None:
    chat.send_photo(jpeg_of(group_photo()))
    answer = chat.wait_for_message()
    assert "photo" in answer
    assert text_of(answer).endswith("\nWrong somewhere? Tap the face's number.")
    assert button_labels(answer) == ["1", "2", "3", "4", "👍 All right", "Why?"]
    for number in ("2", "4"):
        _, answer = tap(chat, answer, number)
        assert button_labels(answer) == [f"Face {number}", *CHOICE, "‹ Back"]
        toast, answer = tap(chat, answer, "Not a face")
        assert toast == "Got it: not a face. Thanks!"
        _, answer = tap(chat, answer, "‹ Back")
    assert button_labels(answer) == ["1", "✔ 2", "3", "✔ 4", "👍 All right", "Why?"]
    toast, answer = tap(chat, answer, "👍 All right")
    assert toast == "Got it: 2 faces are right. Thanks!"
    assert button_labels(answer) == ["✔ 1", "✔ 2", "✔ 3", "✔ 4", "Why?"]
    said = sorted(new_corrections(shared_sandbox, known))
    assert said == [["happy"], ["happy"], ["not_a_face"], ["not_a_face"]]


def test_an_album_is_corrected_picture_by_picture(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int]
) -> None:
    chat.send_photos([portrait_of(2), jpeg_bytes(color=(9, 9, 9))])
    answer = chat.wait_for_message()
    assert button_labels(answer) == ["1", "2"]
    _, answer = tap(chat, answer, "1")
    assert button_labels(answer) == ["Picture 1", *CHOICE, "‹ Back"]
    _, answer = tap(chat, answer, SAD)
    _, answer = tap(chat, answer, "‹ Back")
    assert button_labels(answer) == ["✔ 1", "2"]
    assert new_corrections(shared_sandbox, known) == [["sad"]]


def test_a_double_tap_counts_once(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int]
) -> None:
    chat.send_photo(portrait_of(3))
    answer = chat.wait_for_message()
    first = chat.press_label(answer, SAD)
    mark = chat.mark
    second = chat.press(answer, buttons(answer)[1]["callback_data"], force=True)
    chat.mark = mark
    for query in (first, second):
        assert chat.wait_for_answer(query)["text"] == "Got it: 😢 Sad. Thanks!"
    wait_for_edit(chat)
    assert new_corrections(shared_sandbox, known) == [["sad"]]


def test_a_tap_that_is_delivered_twice_counts_once(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int]
) -> None:
    chat.send_photo(portrait_of(4))
    answer = chat.wait_for_message()
    chat.fault("getUpdates", "duplicate_update", times=2)
    _, answer = tap(chat, answer, SAD)
    _, answer = tap(chat, answer, "Undo")
    assert new_corrections(shared_sandbox, known) == [["sad", "withdrawn"]]


def test_a_photo_sent_again_is_answered_with_its_correction(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int]
) -> None:
    photo = portrait_of(5)
    chat.send_photo(photo)
    tap(chat, chat.wait_for_message(), SAD)
    chat.send_photo(photo)
    again = chat.wait_for_message()
    assert text_of(again).splitlines()[1] == "I know this one! ✔ marks what I was told."
    assert button_labels(again) == NOTED_SAD
    tap(chat, again, "Undo")
    assert new_corrections(shared_sandbox, known) == [["sad", "withdrawn"]]
    # Somebody else's photo is somebody else's, even if it is the same.
    chat.send_photo(photo, user=BEN)
    assert button_labels(chat.wait_for_message()) == CHOICE


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("v1:1:0:h", "I know nothing about this photo any more"),  # of an earlier version
        ("v1:zzzzz:0:h", "I know nothing about this photo any more"),
        ("{answer}:99:h", "I do not know this button"),
        ("v1:1y2p0ij32e8e8:0:h", "I do not know this button"),
        ("retrain", "I do not know this button"),
        ("' OR 1=1; --", "I do not know this button"),
        ("x" * 500, "I do not know this button"),
    ],
)
def test_forged_taps_change_nothing(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int], data: str, told: str
) -> None:
    chat.send_photo(portrait_of(6))
    answer = chat.wait_for_message()
    own = buttons(answer)[0]["callback_data"].rpartition(":0:")[0]
    assert told in refusal(chat, answer, data.replace("{answer}", own))
    assert new_corrections(shared_sandbox, known) == []


def test_in_a_group_only_the_sender_of_the_photo_may_correct(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int]
) -> None:
    ask_in_group(chat, portrait_of(7))
    answer = chat.wait_for_message()
    sad = buttons(answer)[1]["callback_data"]
    assert "Only the person who sent this photo" in refusal(chat, answer, sad, user=BEN)
    assert new_corrections(shared_sandbox, known) == []
    # Two thumbs at once: only one of them counts.
    bens = chat.press(answer, sad, user=BEN)
    mark = chat.mark
    annas = chat.press(answer, sad)
    chat.mark = mark
    assert chat.wait_for_answer(annas)["text"] == "Got it: 😢 Sad. Thanks!"
    assert "Only the person" in chat.wait_for_answer(bens)["text"]
    wait_for_edit(chat)
    assert new_corrections(shared_sandbox, known) == [["sad"]]


def test_a_photo_of_another_chat_cannot_be_corrected(
    shared_sandbox: BotSandbox, chat: SandboxClient, known: set[int]
) -> None:
    chat.send_photo(portrait_of(8))
    annas = chat.wait_for_message()
    chat.send_photo(portrait_of(8), user=BEN)
    bens = chat.wait_for_message()
    data = buttons(annas)[0]["callback_data"]
    assert "Only the person who sent" in refusal(chat, bens, data, user=BEN)
    assert new_corrections(shared_sandbox, known) == []
