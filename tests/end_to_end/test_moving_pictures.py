"""GIFs, stickers and videos, as Telegram delivers them, answered by the real bot."""

import gzip

import pytest
from PIL import Image

from bot.replies import help as help_replies
from tests.support.clips import gif, mp4, silent_film, webm
from tests.support.conversation import MOOD, replied_to
from tests.support.pictures import encode
from tests.support.portraits import ASTRONAUT, portrait
from tests.support.sandbox_client import ANNA, GROUP, SandboxClient, text_of
from tests.support.sandbox_http import Json

SIZE = (320, 320)
FACE = portrait().resize(SIZE)
NOBODY = Image.new("RGB", SIZE, "navy")
CLIP = [NOBODY] * 10 + [FACE] * 10  # two seconds
TGS = gzip.compress(b'{"v": "5.5.2", "fr": 60, "w": 512, "h": 512, "layers": []}')
FRAME = "This is about the frame at 0:01."
PREVIEW = "I could only look at its small preview picture."


def assert_happy(chat: SandboxClient, sent: Json, source: str = "") -> None:
    """Check that the bot finds the smiling face in what was sent, and says where it looked."""
    answer = chat.wait_for_message()
    first, *others = text_of(answer).splitlines()
    assert first.startswith("😊 Happy, ")
    assert others == [source] * bool(source)
    assert replied_to(answer) == sent["message_id"]


def test_of_a_gif_the_first_frame_with_a_face_is_judged(chat: SandboxClient) -> None:
    sent = chat.send_file("document", gif(CLIP), "smile.gif")
    assert "animation" in sent
    assert_happy(chat, sent, FRAME)


def test_of_a_gif_of_two_pictures_the_second_is_looked_at(chat: SandboxClient) -> None:
    # Equal pictures become one that is shown long.
    sent = chat.send_file("document", gif([NOBODY] + [FACE] * 9), "two.gif")
    assert_happy(chat, sent, "This is about the frame at 0:00.")


def test_a_still_sticker_is_judged(chat: SandboxClient) -> None:
    sent = chat.send_file("document", encode(FACE, "WEBP"), "smile.webp")
    assert "sticker" in sent
    assert_happy(chat, sent)


def test_of_a_video_note_a_frame_is_judged(chat: SandboxClient) -> None:
    assert_happy(chat, chat.send_file("video_note", mp4(CLIP, sound=True), "round.mp4"), FRAME)


def test_of_a_video_a_frame_is_judged_in_a_group_when_it_is_asked_for(chat: SandboxClient) -> None:
    clip = mp4(CLIP, sound=True)
    sent = chat.send_file("photo", clip, "smile.mp4", chat=GROUP)
    assert "video" in sent
    chat.send_text(MOOD, chat=GROUP, reply_to=sent["message_id"])
    assert_happy(chat, sent, FRAME)


def test_of_a_video_sticker_a_frame_is_judged(chat: SandboxClient) -> None:
    sticker = webm([FACE.convert("RGBA")] * 3)
    sent = chat.send_file("sticker", sticker, "smile.webm")
    assert_happy(chat, sent, "This is about the frame at 0:00.")


def test_of_an_animated_sticker_the_thumbnail_is_judged(chat: SandboxClient) -> None:
    sent = chat.send_file("sticker", TGS, "smile.tgs", thumbnail=ASTRONAUT.read_bytes())
    assert_happy(chat, sent, PREVIEW)
    chat.send_file("document", TGS, "smile.tgs")
    assert text_of(chat.wait_for_message()) == help_replies.not_a_picture()["sticker"]


def test_of_a_video_of_over_a_minute_the_thumbnail_is_judged(chat: SandboxClient) -> None:
    clip = mp4([FACE] * 65, fps=1, sound=True)
    assert_happy(chat, chat.send_file("photo", clip, "long.mp4"), PREVIEW)


def test_a_video_in_an_album_is_judged_with_the_photos(chat: SandboxClient) -> None:
    files = [("a.jpg", ASTRONAUT.read_bytes()), ("b.mp4", mp4(CLIP)), ("c.mp4", silent_film(2))]
    chat.send_gallery(files)
    lines = text_of(chat.wait_for_message()).splitlines()
    assert lines[0] == "3 pictures: 2 😊, 1 🤔"
    assert lines[2].startswith("2. 😊 Happy, ")
    assert lines[2].endswith(" (frame at 0:01)")


def test_of_a_live_photo_the_still_is_judged(chat: SandboxClient) -> None:
    photo = chat.send_photo(ASTRONAUT.read_bytes())
    assert_happy(chat, photo)
    video = chat.send_file("photo", silent_film(1), "live.mp4")["animation"]
    chat.wait_for_message()
    live = {"photo": photo["photo"], "live_photo": {**video, "photo": photo["photo"]}}
    chat.set_mark()
    chat.deliver("message", {**photo, **live, "message_id": 900})
    assert text_of(chat.wait_for_message()).startswith("😊 Happy, ")


def test_a_video_that_is_sent_as_a_file_gets_a_hint(chat: SandboxClient) -> None:
    chat.send_document(silent_film(1), "clip.mp4")
    assert text_of(chat.wait_for_message()) == help_replies.not_a_picture_file("video/mp4")


def test_a_story_gets_a_hint(chat: SandboxClient) -> None:
    message = chat.send_text("hello")
    chat.wait_for_message()
    del message["text"]
    story = {"chat": {"id": -1001, "type": "channel", "title": "News"}, "id": 7}
    chat.set_mark()
    chat.deliver("message", {**message, "message_id": 901, "story": story})
    assert text_of(chat.wait_for_message()) == help_replies.not_a_picture()["story"]


@pytest.mark.parametrize(
    "data", [b"\0\0\0\x18ftypisom" + bytes(500), silent_film(2)[:-300], b"#EXTM3U\n/etc/passwd"]
)
def test_a_broken_video_ends_in_a_sentence(chat: SandboxClient, data: bytes) -> None:
    file = chat.send_document(data, "any.bin")["document"]
    chat.wait_for_message()
    message = chat.send_text("hello")
    chat.wait_for_message()
    del message["text"]
    video = {**file, "width": 64, "height": 64, "duration": 2}
    chat.set_mark()
    chat.deliver("message", {**message, "message_id": 902 + len(data), "video": video})
    said = text_of(chat.wait_for_message())
    assert said.startswith(("I cannot see anything of this video", "I cannot open this file"))


def test_a_picture_in_another_format_says_which_ones_can_be_read(chat: SandboxClient) -> None:
    for name in ("scan.TIFF", "photo.AVIF"):
        chat.send_document(encode(NOBODY, name.partition(".")[2]), name)
        said = text_of(chat.wait_for_message(chat=ANNA))
        assert said.endswith("Please send a JPEG, PNG, WebP, HEIC or GIF.")
