"""Who may use the bot: BOT_ALLOWED, /whoami and the operator's line."""

from bot.replies import access as replies
from tests.support.bot_process import BotSandbox
from tests.support.conversation import BOT_NAME, MOOD, PORTRAIT, SAD, ask_in_group, replied_to
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import (
    ALEX,
    ANNA,
    BEN,
    GROUP,
    Json,
    SandboxClient,
    buttons,
    text_of,
)

LINE = "Run by Alex. Privacy: https://example.org/privacy"


def say(people: SandboxClient, text: str, user: int, chat: int | None = None) -> str:
    """Send a text and return the bot's next message in that chat."""
    people.send_text(text, user=user, chat=chat)
    return text_of(people.wait_for_message(chat=chat or user))


def judged(people: SandboxClient, user: int, chat: int | None = None) -> Json:
    """Send a photo, ask about it in a group, and return the verdict."""
    if chat is None:
        sent = people.send_photo(PORTRAIT, user=user)
    else:
        sent = ask_in_group(people, user=user, chat=chat)
    return people.wait_for_message(
        lambda message: "reply_to_message" in message and replied_to(message) == sent["message_id"],
        chat=chat or user,
    )


def test_others_are_turned_away_once_a_day_and_keep_what_is_theirs(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    open_to_all = sandbox.start_bot()
    answer = judged(people, BEN)
    assert open_to_all.stop() == 0
    bot = sandbox.start_bot(BOT_ALLOWED=str(ANNA), BOT_ADMINS=str(ALEX))
    assert say(people, "/start", BEN) == replies.not_allowed()
    people.send_photo(jpeg_bytes(), user=BEN)  # gets neither a verdict nor the sentence again
    query = people.press_label(answer, SAD, user=BEN)
    assert people.wait_for_answer(query)["text"] == replies.not_allowed()
    assert say(people, "/whoami", BEN) == f"Your Telegram id: {BEN}"
    people.send_text("/forget", user=BEN)
    asked = people.wait_for_message(lambda message: bool(buttons(message)), chat=BEN)
    people.wait_for_answer(people.press_label(asked, "Erase", user=BEN))
    people.wait_for_message(lambda message: not buttons(message), chat=BEN, edited=True)
    assert [text_of(m) for m in people.messages(BEN)].count(replies.not_allowed()) == 1
    for user in (ANNA, ALEX):
        assert "sure" in text_of(judged(people, user))
    assert bot.stop() == 0
    assert "Traceback" not in bot.log


def test_a_group_lets_its_members_in_and_others_hear_nothing_of_small_talk(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot(BOT_ALLOWED=str(GROUP), BOT_WELCOME=LINE)
    assert "sure" in text_of(judged(people, BEN, GROUP))
    group = say(people, f"/whoami{BOT_NAME}", BEN, GROUP)
    assert group == f"Your Telegram id: {BEN}\nThe id of this group: {GROUP}"
    assert say(people, "hello", BEN) == replies.not_allowed()
    assert say(people, "/privacy", BEN).endswith(f"\n\n{LINE}")
    assert bot.stop() == 0
    bot = sandbox.start_bot(BOT_ALLOWED=str(ANNA))
    people.send_text("nice weather", user=BEN, chat=GROUP)
    people.send_photo(jpeg_bytes(), user=BEN, chat=GROUP)
    assert say(people, MOOD, BEN, GROUP) == replies.not_allowed()
    assert "sure" in text_of(judged(people, ANNA, GROUP))
    assert bot.stop() == 0
