"""Photos in groups, forwarded photos, files and albums."""

import time
from contextlib import ExitStack
from pathlib import Path

from bot.replies import help as help_replies
from bot.sandbox.state.flood_limits import UNLIMITED
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_process import BotSandbox
from tests.support.conversation import (
    BOT_NAME,
    CHOICE,
    MOOD,
    SAD,
    ask_in_group,
    bot_messages,
    button_labels,
    replied_to,
    tap,
    wait_for_reply,
    wait_until_all_is_answered,
)
from tests.support.pictures import jpeg_bytes, png_bytes
from tests.support.portraits import group_photo, jpeg_of, portrait
from tests.support.sandbox_client import ANNA, BEN, GROUP, Json, SandboxClient, text_of


def all_bot_messages(chat: SandboxClient, where: int) -> list[Json]:
    """Return the bot's messages in a chat once it has answered everything sent before."""
    wait_until_all_is_answered(chat, BEN)
    return bot_messages(chat, where)


def test_a_forwarded_photo_belongs_to_the_user_who_forwards_it(chat: SandboxClient) -> None:
    photo = chat.send_photo(jpeg_of(portrait()), user=BEN, chat=GROUP)
    mine = chat.forward(photo)
    answer = chat.wait_for_message()
    assert replied_to(answer) == mine["message_id"]
    assert button_labels(answer) == CHOICE
    toast, _ = tap(chat, answer, SAD)
    assert toast.startswith("Got it")
    # Forwarded by its first sender, it is a photo of theirs.
    chat.forward(photo, user=BEN)
    assert button_labels(chat.wait_for_message()) == CHOICE


def test_in_a_group_files_and_albums_can_be_asked_about(chat: SandboxClient) -> None:
    before = len(bot_messages(chat, GROUP))
    file = chat.send_document(png_bytes(), "drawing.png", chat=GROUP)
    chat.send_text(MOOD, chat=GROUP, reply_to=file["message_id"])
    assert replied_to(chat.wait_for_message()) == file["message_id"]
    # In privacy mode, which is the default, only the picture that is replied to reaches the bot.
    album = chat.send_photos([jpeg_bytes(), png_bytes()], f"{BOT_NAME}?", chat=GROUP)
    chat.send_text(MOOD, chat=GROUP, reply_to=album[1]["message_id"])
    answer = chat.wait_for_message()
    assert "I looked at this part of the album only, not at the rest." in text_of(answer)
    assert replied_to(answer) == album[1]["message_id"]
    # Whatever replies to the bot reaches it.
    reply_to = answer["message_id"]
    album = chat.send_photos([jpeg_bytes(), png_bytes()], chat=GROUP, reply_to=reply_to)
    answer = chat.wait_for_message()
    assert text_of(answer).startswith("2 pictures: ")
    assert replied_to(answer) == album[0]["message_id"]
    assert len(all_bot_messages(chat, GROUP)) == before + 3


def test_without_privacy_mode_an_album_gets_one_answer(tmp_path: Path) -> None:
    sandbox = BotSandbox(SandboxOptions(limits=UNLIMITED, privacy=False), tmp_path)
    with sandbox.server, ExitStack() as bots, SandboxClient(sandbox.server.url) as chat:
        bots.callback(sandbox.close)
        sandbox.start_bot()
        album = chat.send_photos([jpeg_bytes(), png_bytes()], f"{BOT_NAME}?", chat=GROUP)
        answer = chat.wait_for_message(chat=GROUP)
        assert text_of(answer).startswith("2 pictures: ")
        assert replied_to(answer) == album[0]["message_id"]
        chat.send_photos([jpeg_bytes(), png_bytes()], "our holiday", chat=GROUP)
        asked = chat.send_photos([jpeg_bytes(), png_bytes()], "/mood", chat=GROUP)
        assert text_of(wait_for_reply(chat, asked[0])).startswith("2 pictures: ")
        assert len(all_bot_messages(chat, GROUP)) == 2


def test_in_a_group_a_picture_can_be_asked_about_afterwards(chat: SandboxClient) -> None:
    before = len(bot_messages(chat, GROUP))
    photo = chat.send_photo(jpeg_bytes(), chat=GROUP)
    for question in (MOOD, "/mood"):  # the second one, because the bot has just written
        chat.send_text(question, user=BEN, chat=GROUP, reply_to=photo["message_id"])
        assert replied_to(chat.wait_for_message(chat=GROUP)) == photo["message_id"]
    for question in ("/mood@another_bot", "what a photo", f"what do you say, {BOT_NAME}?"):
        chat.send_text(question, user=BEN, chat=GROUP, reply_to=photo["message_id"])
    chat.send_text(MOOD, chat=GROUP)
    told = help_replies.mood_needs_a_photo_in_group(BOT_NAME[1:])
    assert text_of(chat.wait_for_message(chat=GROUP)) == told
    assert len(all_bot_messages(chat, GROUP)) == before + 3


def test_in_a_group_it_says_what_it_cannot_answer_there(chat: SandboxClient) -> None:
    file = chat.send_document(b"video", "clip.mp4", chat=GROUP)
    asking = chat.send_text(MOOD, chat=GROUP, reply_to=file["message_id"])
    why_not = wait_for_reply(chat, asking)
    assert text_of(why_not) == help_replies.not_a_picture_file("video/mp4")
    told = wait_for_reply(chat, chat.send_text(f"/privacy{BOT_NAME}", chat=GROUP))
    assert text_of(told) == help_replies.only_in_private(BOT_NAME[1:])


def test_ten_pictures_get_one_answer(chat: SandboxClient) -> None:
    chat.send_text("/help")
    before = len(bot_messages(chat, chat.wait_for_message()["chat"]["id"]))
    sent = chat.send_photos([jpeg_bytes(color=(20 * at, 90, 60)) for at in range(10)])
    answer = chat.wait_for_message()
    lines = text_of(answer).splitlines()
    assert lines[0].startswith("10 pictures: ")
    assert [line.partition(".")[0] for line in lines[1:-1]] == [str(at) for at in range(1, 11)]
    assert replied_to(answer) == sent[0]["message_id"]
    assert button_labels(answer) == [str(at) for at in range(1, 11)]
    assert len(all_bot_messages(chat, sent[0]["chat"]["id"])) == before + 1


def test_an_edited_caption_is_not_answered_again(chat: SandboxClient) -> None:
    private = len(bot_messages(chat, BEN))
    photo = chat.send_photo(jpeg_bytes(), "look", user=BEN)
    chat.wait_for_message()
    chat.edit_caption(photo, "/mood", user=BEN)
    before = len(bot_messages(chat, GROUP))
    asked = ask_in_group(chat, jpeg_bytes())
    chat.wait_for_message(chat=GROUP)
    chat.edit_caption(asked, f"/mood, please, {BOT_NAME}")
    silent = chat.send_photo(jpeg_bytes(), "look", chat=GROUP)
    chat.edit_caption(silent, "/mood")
    assert len(all_bot_messages(chat, GROUP)) == before + 1
    assert len(bot_messages(chat, BEN)) == private + 2


def test_an_album_in_two_parts_gets_one_answer_or_loses_nothing(chat: SandboxClient) -> None:
    # In privacy mode, none of these parts reaches the bot. The test delivers them.
    photos = [jpeg_bytes(color=(20 * at, 90, 60)) for at in range(3)]
    album = chat.send_photos(photos, f"{BOT_NAME}?", chat=GROUP)
    chat.deliver("message", album[0])
    time.sleep(1.5)  # the delay is what is tested
    chat.deliver("message", album[1])
    answer = chat.wait_for_message(chat=GROUP)
    assert text_of(answer).startswith("2 pictures: ")
    assert replied_to(answer) == album[0]["message_id"]
    chat.set_mark()
    chat.deliver("message", album[2])
    assert replied_to(chat.wait_for_message(chat=GROUP)) == album[2]["message_id"]


def test_photos_with_several_faces_come_back_as_an_album_before_the_buttons(
    chat: SandboxClient,
) -> None:
    friends = jpeg_of(group_photo())
    cover = {"has_spoiler": True, "has_protected_content": True}
    sent = chat.send_photos([friends, png_bytes(), friends], **cover)
    answer = chat.wait_for_message(lambda message: "text" in message)
    *_, first, second, last = bot_messages(chat, ANNA)
    assert last == answer
    assert text_of(answer).startswith("3 pictures: ")
    assert button_labels(answer) == ["1", "2", "3"]
    assert first["media_group_id"] == second["media_group_id"]
    captions = [text_of(drawing).partition(":")[0] for drawing in (first, second)]
    assert captions == ["Picture 1", "Picture 3"]
    _, answer = tap(chat, answer, "3")
    _, answer = tap(chat, answer, "2")
    chat.press_label(answer, "Why?")
    why = chat.wait_for_message(lambda message: "photo" in message, edited=False)
    assert text_of(why).startswith("Picture 3, face 2: ")
    assert all(message["has_protected_content"] for message in (first, second, answer, why))
    assert all(message["has_media_spoiler"] for message in (first, second, why))
    assert replied_to(first) == replied_to(last) == sent[0]["message_id"]
