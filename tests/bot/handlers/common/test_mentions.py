import pytest
from telegram import Message

from bot.handlers.common.mentions import caption_mentions_bot, text_mentions_bot
from tests.support.fake_telegram import BOT_USER, GROUP, USERNAME, Json


def captioned(caption: str, kind: str, offset: int, length: int, **more: object) -> Message:
    entity: Json = {"type": kind, "offset": offset, "length": length, **more}
    fields = {"caption": caption, "caption_entities": [entity]}
    return Message.de_json({"message_id": 1, "date": 0, "chat": GROUP, **fields}, None)


def is_for_bot(message: Message) -> bool:
    return caption_mentions_bot(message, bot_id=123456, username=USERNAME)


@pytest.mark.parametrize(
    "text", ["/mood", f"/mood@{USERNAME}", "/MOOD", f"@{USERNAME}", f"@{USERNAME.upper()}"]
)
def test_a_command_or_a_mention_is_for_the_bot(text: str) -> None:
    kind = "mention" if text.startswith("@") else "bot_command"
    assert is_for_bot(captioned(f"Look! {text}", kind, 6, len(text)))


@pytest.mark.parametrize("text", ["/mood@other_bot", "/start", "/moody", "@anna", "@mood"])
def test_commands_and_mentions_for_others_are_not_for_the_bot(text: str) -> None:
    kind = "mention" if text.startswith("@") else "bot_command"
    assert not is_for_bot(captioned(text, kind, 0, len(text)))


def test_a_text_mention_is_for_the_user_in_it() -> None:
    assert is_for_bot(captioned("Mood?", "text_mention", 0, 4, user=BOT_USER))
    anna = {"id": 1001, "is_bot": False, "first_name": "Mood"}
    assert not is_for_bot(captioned("Mood?", "text_mention", 0, 4, user=anna))


def test_an_emoji_before_a_mention_does_not_shift_it() -> None:
    # Telegram counts an emoji as two.
    assert is_for_bot(captioned("😊 /mood", "bot_command", 3, 5))


def test_a_message_without_a_caption_is_not_for_the_bot() -> None:
    assert not is_for_bot(Message.de_json({"message_id": 1, "date": 0, "chat": GROUP}, None))


@pytest.mark.parametrize(
    ("text", "meant"), [(f"@{USERNAME}", True), ("@other_bot", False), ("/mood", False)]
)
def test_in_a_text_only_a_mention_counts(text: str, meant: bool) -> None:
    kind = "mention" if text.startswith("@") else "bot_command"
    entity: Json = {"type": kind, "offset": 6, "length": len(text)}
    fields = {"text": f"Look! {text}", "entities": [entity]}
    message = Message.de_json({"message_id": 1, "date": 0, "chat": GROUP, **fields}, None)
    assert text_mentions_bot(message, bot_id=123456, username=USERNAME) is meant
