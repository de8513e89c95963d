from dataclasses import replace

import pytest
from telegram import Message

from bot.services import attachments
from bot.services.attachments import ImageAttachment, check_size, find_image
from model.errors import ImageFileTooLargeError
from tests.support.fake_telegram import ANNAS_CHAT, Json


def message(**content: object) -> Message:
    fields = {"message_id": 1, "date": 0, "chat": ANNAS_CHAT, **content}
    return Message.de_json(fields, None)


def document(name: str | None = None, mime: str | None = None) -> Json:
    fields = {"file_id": "f", "file_unique_id": "f", "file_size": 7}
    return fields | {k: v for k, v in (("file_name", name), ("mime_type", mime)) if v}


def size(file_id: str, width: int, height: int, file_size: int) -> Json:
    return {
        "file_id": file_id,
        "file_unique_id": file_id,
        "width": width,
        "height": height,
        "file_size": file_size,
    }


def test_the_largest_size_of_a_photo_is_found() -> None:
    photo = [size("small", 90, 60, 1), size("large", 1280, 853, 90), size("mid", 320, 213, 9)]
    assert find_image(message(photo=photo)) == ImageAttachment("large", "large", 90)


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.png", "image/png"),
        ("a.bin", "image/webp"),
        (None, "IMAGE/JPEG"),
        ("IMG_0001.HEIC", "application/octet-stream"),
        ("IMG_0001.heif", None),
        ("a.Jpeg", None),
        ("dot.dot.jpg", "application/octet-stream"),
    ],
)
def test_a_file_is_a_picture_by_its_type_or_its_name(name: str | None, mime: str | None) -> None:
    assert find_image(message(document=document(name, mime))) == ImageAttachment("f", "f", 7)


@pytest.mark.parametrize(
    ("name", "mime"),
    [("a.pdf", "application/pdf"), ("jpg", None), (None, None), ("a.jpg.exe", None)],
)
def test_other_files_are_not_pictures(name: str | None, mime: str | None) -> None:
    assert find_image(message(document=document(name, mime))) is None


THUMBNAIL = size("small", 320, 240, 3)
SMALL = ImageAttachment("small", "small", 3, is_preview=True)
STICKER = {**size("f", 512, 512, 7), "is_animated": False, "is_video": False, "type": "regular"}
ANIMATED_STICKER = {**STICKER, "is_animated": True, "thumbnail": THUMBNAIL}


def clip(**fields: object) -> Json:
    return {**size("f", 640, 480, 7), "duration": 60, "thumbnail": THUMBNAIL, **fields}


def video_note(**fields: object) -> Json:
    file = {"file_id": "f", "file_unique_id": "f", "file_size": 7}
    return {**file, "length": 384, "duration": 60, "thumbnail": THUMBNAIL, **fields}


MOVING = [
    pytest.param({"animation": clip(), "document": document("a.gif.mp4", "video/mp4")}, id="gif"),
    pytest.param({"video": clip()}, id="video"),
    pytest.param({"video_note": video_note()}, id="video note"),
    pytest.param({"sticker": {**STICKER, "is_video": True, "thumbnail": THUMBNAIL}}, id="sticker"),
]


@pytest.mark.parametrize("content", MOVING)
def test_a_file_that_moves_is_found_with_its_thumbnail(content: Json) -> None:
    video = ImageAttachment("f", "f", 7, is_video=True, thumbnail=SMALL)
    assert find_image(message(**content)) == video


@pytest.mark.parametrize("content", MOVING)
def test_without_the_extra_the_thumbnail_is_found(
    content: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "can_read_videos", lambda: False)
    assert find_image(message(**content)) == SMALL


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"video": clip(duration=61)}, id="too long"),
        pytest.param({"video": clip(file_size=20 * 2**20 + 1)}, id="too large"),
        pytest.param({"video_note": video_note(duration=61)}, id="note"),
        pytest.param(
            {"sticker": {**STICKER, "is_animated": True, "thumbnail": THUMBNAIL}}, id="tgs"
        ),
    ],
)
def test_of_a_file_past_the_limits_the_thumbnail_is_found(content: Json) -> None:
    assert find_image(message(**content)) == SMALL
    without = {
        kind: {key: value for key, value in file.items() if key != "thumbnail"}
        for kind, file in content.items()
    }
    assert find_image(message(**without)) is None


def test_a_still_sticker_is_a_picture() -> None:
    assert find_image(message(sticker=STICKER)) == ImageAttachment("f", "f", 7)


def test_of_a_live_photo_the_still_is_found() -> None:
    photo = [size("small", 90, 60, 1), size("large", 1280, 853, 90)]
    live = {**clip(), "photo": photo}
    still = ImageAttachment("large", "large", 90)
    assert find_image(message(live_photo=live, photo=photo)) == still
    assert find_image(message(live_photo=live)) == still
    assert find_image(message(live_photo=clip())) is None


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ({"type": "photo", "photo": [size("f", 9, 9, 7)]}, ImageAttachment("f", "f", 7)),
        ({"type": "video", "video": clip(duration=99)}, SMALL),
        (
            {"type": "live_photo", "live_photo": {**clip(), "photo": [size("f", 9, 9, 7)]}},
            ImageAttachment("f", "f", 7),
        ),
        ({"type": "preview", "width": 9, "height": 9}, None),
        ({"type": "unknown to the library"}, None),
    ],
)
def test_of_paid_media_the_first_is_found_that_may_be_seen(
    part: Json, found: ImageAttachment | None
) -> None:
    paid = {"star_count": 5, "paid_media": [{"type": "preview"}, part]}
    assert find_image(message(paid_media=paid)) == (found and replace(found, is_paid=True))


def test_spoilers_and_protection_are_noted() -> None:
    covered = message(video=clip(), has_media_spoiler=True, has_protected_content=True)
    found = find_image(covered)
    assert found is not None
    assert (found.has_spoiler, found.is_protected) == (True, True)


def test_a_text_is_no_picture() -> None:
    assert find_image(message(text="hello")) is None
    assert find_image(message(story={"chat": ANNAS_CHAT, "id": 1})) is None


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(ImageFileTooLargeError, match="21,000,000 bytes"):
        check_size(ImageAttachment("f", "f", 21_000_000))
    check_size(ImageAttachment("f", "f", 19_000_000))
    check_size(ImageAttachment("f", "f", None))
