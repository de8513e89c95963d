"""What becomes of files that users send: as Telegram's apps and servers convert them."""

import gzip
from io import BytesIO

import pytest
from PIL import Image

from tests.support.bot_api_client import BotApiClient
from tests.support.clips import gif, mp4, webm
from tests.support.pictures import encode, quarters
from tests.support.sandbox_client import SandboxClient
from tests.support.sandbox_http import Json

CLIP = [quarters(), quarters().rotate(180)] * 5
TGS = gzip.compress(b'{"v": "5.5.2", "w": 512, "h": 512, "layers": []}')
SQUARE = [Image.new("RGB", (64, 64), "navy")] * 10


def thumbnail_of(client: SandboxClient, file: Json) -> Image.Image:
    return Image.open(BytesIO(client.file(file["thumbnail"]["file_id"])))


@pytest.mark.parametrize("kind", ["photo", "document"])
def test_a_gif_becomes_an_animation_in_mpeg4(
    client: SandboxClient, bot_api: BotApiClient, kind: str
) -> None:
    sent = client.send_file(kind, gif(CLIP), "dance.gif", "look", has_spoiler=True)
    animation, document = sent["animation"], sent["document"]
    assert (animation["width"], animation["height"], animation["duration"]) == (64, 48, 1)
    # For bots that know no animations. It has no size and no duration.
    assert document.items() < animation.items()
    assert document["file_name"] == "dance.gif.mp4"
    assert document["mime_type"] == "video/mp4"
    assert client.file(animation["file_id"])[4:8] == b"ftyp"
    assert thumbnail_of(client, animation).format == "JPEG"
    assert sent["caption"] == "look"
    assert sent["has_media_spoiler"]
    assert [update["message"] for update in bot_api.call("getUpdates")] == [sent]


def test_a_gif_of_one_picture_stays_what_it_is(client: SandboxClient) -> None:
    still = encode(quarters(), "GIF")
    assert "animation" not in client.send_file("document", still, "still.gif")
    assert "photo" in client.send_file("photo", still, "still.gif")


def test_a_webp_file_becomes_a_sticker_without_a_set(client: SandboxClient) -> None:
    sent = client.send_file("document", encode(quarters(), "WEBP"), "me.webp", "no caption")
    sticker = sent["sticker"]
    assert (sticker["width"], sticker["height"], sticker["type"]) == (64, 48, "regular")
    assert not sticker["is_animated"]
    assert not sticker["is_video"]
    assert "set_name" not in sticker
    assert "caption" not in sent
    assert "document" not in sent


def test_large_and_animated_webp_files_stay_files(client: SandboxClient) -> None:
    large = encode(Image.new("RGB", (3000, 2500)), "WEBP")
    assert "document" in client.send_file("document", large, "large.webp")
    moving = encode(CLIP[0], "WEBP", save_all=True, append_images=CLIP[1:])
    assert "document" in client.send_file("document", moving, "moving.webp")


def test_a_webp_file_from_the_gallery_is_a_photo(client: SandboxClient) -> None:
    assert "photo" in client.send_file("photo", encode(quarters(), "WEBP"), "me.webp")


def test_a_video_keeps_its_bytes_and_gets_a_thumbnail(client: SandboxClient) -> None:
    clip = mp4([Image.new("RGB", (640, 360), "navy")] * 20, sound=True)
    video = client.send_file("photo", clip, "beach.mp4")["video"]
    assert (video["width"], video["height"], video["duration"]) == (640, 360, 2)
    assert (video["file_name"], video["mime_type"]) == ("beach.mp4", "video/mp4")
    assert client.file(video["file_id"]) == clip
    assert thumbnail_of(client, video).size == (320, 180)


def test_a_video_without_sound_is_an_animation_unless_it_is_in_an_album(
    client: SandboxClient,
) -> None:
    assert "animation" in client.send_file("photo", mp4(CLIP), "silent.mp4")
    album = client.send_photos([encode(quarters())] * 2)
    assert album[0]["media_group_id"]
    files = [("a.jpg", encode(quarters())), ("b.mp4", mp4(CLIP))]
    photo, video = client.send_gallery(files)
    assert "photo" in photo
    assert "video" in video
    assert photo["media_group_id"] == video["media_group_id"]


def test_stickers_and_animations_are_in_no_album(client: SandboxClient) -> None:
    files = [("a.txt", b"a"), ("b.txt", b"b"), ("c.webp", encode(quarters(), "WEBP"))]
    first, second, sticker = client.send_documents([*files])
    assert first["media_group_id"] == second["media_group_id"]
    assert "media_group_id" not in sticker
    animations = client.send_documents([("a.gif", gif(CLIP)), ("b.gif", gif(CLIP))])
    assert not any("media_group_id" in message for message in animations)
    mixed = client.send_documents([("a.txt", b"a"), ("b.gif", gif(CLIP)), ("c.txt", b"c")])
    assert not any("media_group_id" in message for message in mixed)


def test_a_video_that_is_sent_as_a_file_stays_one(client: SandboxClient) -> None:
    document = client.send_file("document", mp4(CLIP), "clip.mp4")["document"]
    assert document["mime_type"] == "video/mp4"
    assert thumbnail_of(client, document).size == (64, 48)


def test_a_video_note_is_square_and_has_no_caption(client: SandboxClient) -> None:
    sent = client.send_file("video_note", mp4(SQUARE, sound=True), "note.mp4", "no caption")
    assert sent["video_note"]["length"] == 64
    assert sent["video_note"]["duration"] == 1
    assert "caption" not in sent
    with pytest.raises(AssertionError, match=r"wide\.mp4 cannot be sent as a video_note"):
        client.send_file("video_note", mp4(CLIP), "wide.mp4")


def test_stickers_of_a_set(client: SandboxClient) -> None:
    picture = encode(quarters())
    moving = [Image.new("RGBA", (64, 64), (200, 0, 0, 128))] * 5
    still = client.send_file("sticker", encode(quarters(), "WEBP"), "a.webp")["sticker"]
    video = client.send_file("sticker", webm(moving), "b.webm")["sticker"]
    animated = client.send_file("sticker", TGS, "c.tgs", thumbnail=picture)["sticker"]
    without = client.send_file("document", TGS, "d.tgs")["sticker"]
    kinds = [(one["is_animated"], one["is_video"]) for one in (still, video, animated, without)]
    assert kinds == [(False, False), (False, True), (True, False), (True, False)]
    assert all("set_name" in sticker for sticker in (still, video, animated))
    assert thumbnail_of(client, animated).size == (64, 48)
    # An app would draw it; the sandbox cannot.
    assert "thumbnail" not in without
