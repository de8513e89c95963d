"""Users with different languages in one bot."""

from itertools import zip_longest

import pytest

from bot.errors import NotYoursError
from bot.i18n import LANGUAGES, in_language
from bot.replies import help as help_replies
from bot.replies import language as language_replies
from bot.replies import photos as replies
from tests.support.bot_process import wait_for_answers
from tests.support.conversation import BOT_NAME, MOOD, button_labels, wait_for_menu
from tests.support.pictures import jpeg_bytes
from tests.support.portraits import group_photo, jpeg_of, portrait
from tests.support.sandbox_client import (
    ALEX,
    ANNA,
    BEN,
    GROUP,
    SandboxClient,
    buttons,
    text_of,
)

SOME = ("de", "ru", "hi")  # what Alex, Anna and Ben speak in most tests
NO_FACE = {
    ALEX: "Ich sehe hier kein Gesicht",
    ANNA: "Я не вижу здесь лица",
    BEN: "मुझे यहाँ कोई चेहरा नहीं दिख रहा",
}


@pytest.fixture
def polyglots(chat: SandboxClient) -> SandboxClient:
    """People who each have another language."""
    for user, language in zip((ALEX, ANNA, BEN), SOME, strict=True):
        chat.set_language(language, user)
    return chat


@pytest.mark.parametrize("tag", [*LANGUAGES, "pt-br", "en", "fr"])
def test_replies_and_menus_are_in_the_language_of_the_user(chat: SandboxClient, tag: str) -> None:
    chat.set_language(tag)
    chat.send_text("/start")
    with in_language(tag):
        assert text_of(chat.wait_for_message()) == help_replies.welcome()
        wait_for_menu(chat, help_replies.commands())
        wait_for_menu(chat, help_replies.group_commands(), chat=GROUP)


def test_answers_buttons_and_toasts_are_in_the_same_language(polyglots: SandboxClient) -> None:
    polyglots.send_photo(jpeg_of(portrait()))
    answer = polyglots.wait_for_message()
    assert "уверенность" in text_of(answer)
    assert button_labels(answer)[0] == "👍 Верно"
    query = polyglots.press_label(answer, "Верно")
    edited = polyglots.wait_for(lambda event: event["type"] == "edited")["message"]
    assert polyglots.callback(query)["text"].startswith("Понятно: ")
    assert button_labels(edited)[1] == "Отменить"


def test_answers_to_groups_of_faces_albums_and_bad_files_are_translated(
    polyglots: SandboxClient,
) -> None:
    polyglots.send_photo(jpeg_of(group_photo()), user=ALEX)
    assert text_of(polyglots.wait_for_message()).startswith("4 Gesichter, alle 😊 fröhlich")
    polyglots.send_photos([jpeg_bytes(color=(3, 2, 1)), jpeg_of(portrait())], user=BEN)
    assert text_of(polyglots.wait_for_message()).startswith("2 तस्वीरें: ")
    polyglots.send_document(b"no picture", user=ALEX)
    assert text_of(polyglots.wait_for_message()).startswith("Ich kann diese Datei nicht als Bild")


def test_in_a_group_each_user_is_answered_in_their_own_language(polyglots: SandboxClient) -> None:
    sent = polyglots.send_photo(jpeg_of(portrait().rotate(5)), user=ANNA, chat=GROUP)
    polyglots.send_text(MOOD, user=BEN, chat=GROUP, reply_to=sent["message_id"])
    answer = polyglots.wait_for_message(chat=GROUP)
    assert "यकीन" in text_of(answer)
    data = buttons(answer)[0]["callback_data"]
    refused = polyglots.wait_for_answer(polyglots.press(answer, data, user=ALEX))
    with in_language("de"):
        assert refused["text"] == replies.refusal(NotYoursError())
    noted = polyglots.wait_for_answer(polyglots.press(answer, data, user=ANNA))
    assert noted["text"].startswith("Понятно: ")
    polyglots.wait_for(lambda event: event["type"] == "edited")


def test_a_person_chooses_a_language(chat: SandboxClient) -> None:
    chat.set_language("en")
    chat.send_text("/language")
    menu = chat.wait_for_message()
    assert button_labels(menu)[0] == "✔ As my app"
    chat.press_label(menu, "Русский")
    menu = chat.wait_for_message(lambda message: "✔ Русский" in button_labels(message))
    chat.send_photo(jpeg_of(portrait()))
    assert "уверенность" in text_of(chat.wait_for_message())
    chat.press_label(menu, "Как в приложении")
    chat.wait_for_message(lambda message: "✔ As my app" in button_labels(message))


def test_only_the_owner_of_a_group_chooses_its_language(polyglots: SandboxClient) -> None:
    polyglots.send_text(f"/language{BOT_NAME}", user=ANNA, chat=GROUP)
    with in_language("ru"):
        assert text_of(polyglots.wait_for_message(chat=GROUP)) == language_replies.admins_only()
    polyglots.send_text(f"/language{BOT_NAME}", user=ALEX, chat=GROUP)
    menu = polyglots.wait_for_message(chat=GROUP)
    refused = polyglots.wait_for_answer(polyglots.press_label(menu, "Español", BEN))
    with in_language("hi"):
        assert refused["text"] == language_replies.admins_only()
    polyglots.press_label(menu, "Español", ALEX)
    menu = polyglots.wait_for_message(lambda message: "✔ Español" in button_labels(message))
    sent = polyglots.send_photo(jpeg_of(portrait().rotate(3)), user=ANNA, chat=GROUP)
    polyglots.send_text(MOOD, user=BEN, chat=GROUP, reply_to=sent["message_id"])
    answer = polyglots.wait_for_message(chat=GROUP)
    assert "👍 Correcto" in button_labels(answer)
    polyglots.press_label(menu, "Cada persona en su idioma", ALEX)
    polyglots.wait_for_message(lambda message: "✔ Español" not in button_labels(message))


def test_languages_do_not_mix_when_all_users_write_at_once(polyglots: SandboxClient) -> None:
    picture = jpeg_bytes(color=(40, 50, 60))
    sent = {
        user: [polyglots.send_photo(picture, user=user)["message_id"] for _ in range(6)]
        for user in (ALEX, ANNA, BEN)
    }
    everything = [number for row in zip_longest(*sent.values()) for number in row if number]
    answers = {
        answer["reply_to_message"]["message_id"]: text_of(answer)
        for answer in wait_for_answers(polyglots, everything)
    }
    for user, sentence in NO_FACE.items():
        assert all(sentence in answers[number] for number in sent[user]), user
