"""What end-to-end tests do in a chat and look for in the bot's messages."""

from collections.abc import Sequence
from typing import Final

from tests.support.pictures import jpeg_bytes
from tests.support.portraits import ASTRONAUT
from tests.support.sandbox_client import ANNA, BEN, BOT, GROUP, Json, SandboxClient, buttons

BOT_NAME: Final = "@photo_mood_sandbox_bot"
MOOD: Final = f"/mood{BOT_NAME}"
SAD: Final = "It's 😢 Sad"
CHOICE: Final = ["👍 Right", SAD, "Why?", "Not a face"]
NOTED_SAD: Final = ["✔ It's 😢 Sad", "Undo", "Why?"]
PORTRAIT: Final = ASTRONAUT.read_bytes()


def button_labels(message: Json) -> list[str]:
    return [button["text"] for button in buttons(message)]


def replied_to(answer: Json) -> int:
    """Return the id of the message that a message replies to."""
    return int(answer["reply_to_message"]["message_id"])


def wait_for_menu(
    people: SandboxClient,
    menu: Sequence[tuple[str, str]],
    user: int = ANNA,
    chat: int | None = None,
) -> None:
    """Wait until a user's menu is this one, which the bot sets some time after its start."""
    entries = [{"command": name, "description": text} for name, text in menu]
    people.wait_for(
        lambda event: event["type"] == "commands" and people.commands(user, chat) == entries,
        after=0,
    )


def bot_messages(people: SandboxClient, chat: int) -> list[Json]:
    return [
        message for message in people.messages(chat) if message.get("from", {}).get("id") == BOT
    ]


def wait_for_reply(people: SandboxClient, message: Json) -> Json:
    """Wait for the bot's reply to the message that was sent last."""

    def is_the_reply(sent: Json) -> bool:
        return "reply_to_message" in sent and replied_to(sent) == message["message_id"]

    return people.wait_for_message(is_the_reply, message["chat"]["id"], edited=False)


def wait_until_all_is_answered(people: SandboxClient, user: int = BEN) -> None:
    """Wait until the bot has answered everything sent before, photos included.

    A text would be answered while photos are still judged. This sends an album from `user`: the bot
    holds it for two seconds, and judges its pictures after those that it already has.
    """
    wait_for_reply(people, people.send_photos([jpeg_bytes(), jpeg_bytes()], user=user)[0])


def answer_to(people: SandboxClient, photo: bytes = PORTRAIT) -> Json:
    """Send a photo as Anna and return the bot's answer."""
    people.send_photo(photo)
    return people.wait_for_message()


def ask_in_group(
    people: SandboxClient, photo: bytes = PORTRAIT, user: int = ANNA, chat: int = GROUP
) -> Json:
    """Send a photo to a group as a user, and ask about it; return the photo's message.

    In privacy mode, which is the default, this is how a photo reaches the bot.
    """
    sent = people.send_photo(photo, user=user, chat=chat)
    people.send_text(MOOD, user=user, chat=chat, reply_to=sent["message_id"])
    return sent


def tap(people: SandboxClient, message: Json, label: str, user: int = ANNA) -> tuple[str, Json]:
    """Tap a button; return the toast and the edited message."""
    query = people.press_label(message, label, user)
    edited = people.wait_for(lambda event: event["type"] == "edited")["message"]
    return people.callback(query)["text"], edited


def refusal(people: SandboxClient, message: Json, data: str, user: int = ANNA) -> str:
    """Send a tap that must change nothing; return the alert that its sender gets."""
    answer = people.wait_for_answer(people.press(message, data, user, force=True))
    assert answer["show_alert"]
    people.send_text("marker", user=BEN)
    people.wait_for_message(chat=BEN)
    assert people.message(message["message_id"], message["chat"]["id"]) == message
    return str(answer["text"])
