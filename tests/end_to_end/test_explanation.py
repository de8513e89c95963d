"""The button "Why?" and the heatmap that explains an answer."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.bot_process import BotSandbox
from tests.support.browser import BrowserPages
from tests.support.conversation import ask_in_group, button_labels, refusal, tap
from tests.support.pictures import jpeg_bytes
from tests.support.portraits import group_photo, jpeg_of, portrait
from tests.support.sandbox_client import BEN, GROUP, Json, SandboxClient, buttons, text_of

WHY = "Why?"
READ_LIKE_THIS = "The orange parts speak for 😊 Happy."


def explanation_of(chat: SandboxClient, answer: Json) -> Json:
    chat.press_label(answer, WHY)
    return chat.wait_for_message(lambda message: "photo" in message, edited=False)


def test_one_face_is_explained_in_a_picture(chat: SandboxClient) -> None:
    chat.send_photo(jpeg_of(portrait()))
    answer = chat.wait_for_message()
    shown = explanation_of(chat, answer)
    assert shown["reply_to_message"]["message_id"] == answer["message_id"]
    assert text_of(shown).splitlines() == [text_of(answer), READ_LIKE_THIS]
    with Image.open(BytesIO(chat.photo(shown))) as opened:
        assert opened.size == (512, 512)
        red, _, blue = np.moveaxis(np.asarray(opened.convert("RGB"), int), 2, 0)
    # Orange lies on the grey face, most of it where eyes and mouth are.
    orange = red - blue > 60
    assert orange.sum() > 2000
    assert orange[128:448, 128:384].sum() > 0.6 * orange.sum()
    # The answer is as it was.
    assert chat.message(answer["message_id"]) == answer


def test_a_confirmed_answer_is_explained_with_the_face_as_sharp_as_in_the_photo(
    chat: SandboxClient,
) -> None:
    lines = np.array(portrait().resize((1280, 1280)))
    lines[::4] //= 2  # too thin for the crop that is stored
    chat.send_photo(jpeg_of(Image.fromarray(lines)))
    _, answer = tap(chat, chat.wait_for_message(), "👍 Right")
    shown = explanation_of(chat, answer)
    with Image.open(BytesIO(chat.photo(shown))) as opened:
        assert opened.width >= 512
        rows = np.asarray(opened.convert("L"), float)
    assert np.abs(np.diff(rows, axis=0)).mean() > 10


def test_the_chosen_one_of_several_faces_is_explained(chat: SandboxClient) -> None:
    chat.send_photo(jpeg_of(group_photo()))
    lines = text_of(answer := chat.wait_for_message()).splitlines()
    _, answer = tap(chat, answer, "3")
    assert button_labels(answer)[0] == "Face 3"
    shown = explanation_of(chat, answer)
    assert text_of(shown).splitlines() == ["Face 3: " + lines[3].partition(". ")[2], READ_LIKE_THIS]


def test_a_second_tap_sends_no_second_picture(chat: SandboxClient) -> None:
    chat.send_photo(jpeg_of(portrait()))
    answer = chat.wait_for_message()
    explanation_of(chat, answer)
    told = chat.wait_for_answer(chat.press_label(answer, WHY))
    assert "just shown you that" in told["text"]
    chat.send_text("marker")
    chat.wait_for_message()
    asked = [m for m in chat.messages() if m["message_id"] > answer["message_id"]]
    assert len([message for message in asked if "photo" in message]) == 1


def test_in_a_group_only_the_sender_of_the_photo_may_ask(chat: SandboxClient) -> None:
    ask_in_group(chat, jpeg_of(portrait()))
    answer = chat.wait_for_message()
    data = next(button["callback_data"] for button in buttons(answer) if button["text"] == WHY)
    assert "can ask me why" in refusal(chat, answer, data, user=BEN)
    shown = explanation_of(chat, answer)
    assert shown["chat"]["id"] == GROUP


def test_a_photo_without_a_face_has_no_explanation_button(chat: SandboxClient) -> None:
    chat.send_photo(jpeg_bytes())
    answer = chat.wait_for_message()
    assert WHY not in button_labels(answer)
    data = buttons(answer)[0]["callback_data"][:-1] + "w"
    assert "I do not know this button" in refusal(chat, answer, data)


@pytest.mark.browser
def test_an_explanation_on_the_chat_page(
    shared_sandbox: BotSandbox, chat: SandboxClient, browser_page: BrowserPages, artifacts: Path
) -> None:
    page = browser_page(shared_sandbox.server.url + "/#1001/1001", phone=True)
    chat.send_photo(jpeg_of(group_photo()))
    page.get_by_role("button", name="2", exact=True).last.click()
    expect(page.get_by_role("button", name="Face 2").last).to_be_visible()
    page.get_by_role("button", name=WHY).last.click()
    answer = page.locator('[data-from="bot"]').last
    expect(answer).to_contain_text("Face 2: 😊 Happy")
    expect(answer.locator("img").last).to_be_visible()
    page.screenshot(path=artifacts / "why.png")
