import pytest
from telegram import Message

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


def test_an_animation_is_not_a_picture() -> None:
    animation = size("f", 10, 10, 7) | {"duration": 1}
    both = message(animation=animation, document=document("a.gif", "image/gif"))
    assert find_image(both) is None
    assert find_image(message(text="hello")) is None


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(ImageFileTooLargeError, match="21,000,000 bytes"):
        check_size(ImageAttachment("f", "f", 21_000_000))
    check_size(ImageAttachment("f", "f", 19_000_000))
    check_size(ImageAttachment("f", "f", None))
