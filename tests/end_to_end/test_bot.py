"""Answers of the real bot with the shipped model."""

from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from bot.replies import help as help_replies
from tests.support.bot_database import rows
from tests.support.bot_process import BotSandbox
from tests.support.conversation import (
    BOT_NAME,
    MOOD,
    bot_messages,
    replied_to,
    wait_for_menu,
    wait_until_all_is_answered,
)
from tests.support.dataset import DATASET, needs_dataset
from tests.support.pictures import gradient, jpeg_bytes, png_bytes
from tests.support.portraits import beside_a_blurred_face, crowd, jpeg_of, panorama, portrait
from tests.support.sandbox_client import ANNA, GROUP, SandboxClient, text_of

FACE = Path(__file__).parents[1] / "data" / "astronaut.jpg"
WHOLE_PICTURE = "I see no face here"
SLOW_S = 1.0  # of a download; "typing…" is shown meanwhile
MENU = ["start", "help", "language", "mystats", "mydata", "forget", "privacy", "whoami"]


def test_start_and_help_explain_the_bot(chat: SandboxClient) -> None:
    chat.send_text("/start")
    assert text_of(chat.wait_for_message()) == help_replies.welcome()
    chat.send_text("/help")
    assert text_of(chat.wait_for_message()) == help_replies.explanation(BOT_NAME[1:])


def test_the_menu_fits_the_chat(chat: SandboxClient) -> None:
    wait_for_menu(chat, help_replies.commands())
    wait_for_menu(chat, help_replies.group_commands(), chat=GROUP)
    assert [entry["command"] for entry in chat.commands()] == MENU
    assert [entry["command"] for entry in chat.commands(chat=GROUP)] == ["mood", "language"]


def test_small_talk_gets_a_hint(chat: SandboxClient) -> None:
    chat.send_text("hello?")
    assert text_of(chat.wait_for_message()) == help_replies.send_a_photo()


def test_a_photo_without_faces_is_judged_as_a_whole(chat: SandboxClient) -> None:
    chat.fault("file", "timeout", seconds=SLOW_S)
    sent = chat.send_photo(jpeg_bytes())
    action = chat.wait_for(lambda event: event["type"] == "action")
    assert action["action"] == "typing"
    answer = chat.wait_for_message()
    assert WHOLE_PICTURE in text_of(answer)
    assert replied_to(answer) == sent["message_id"]


def test_a_face_gets_a_verdict_in_a_line(chat: SandboxClient) -> None:
    sent = chat.send_photo(FACE.read_bytes())
    answer = chat.wait_for_message()
    assert text_of(answer).startswith("😊 Happy, ")
    assert text_of(answer).endswith("\u202f% sure")
    assert replied_to(answer) == sent["message_id"]


def test_several_faces_come_back_numbered(chat: SandboxClient) -> None:
    with Image.open(FACE) as face:
        pair = Image.new("RGB", (2 * face.width, face.height))
        pair.paste(face, (0, 0))
        pair.paste(face, (face.width, 0))
    stream = BytesIO()
    pair.save(stream, "JPEG", quality=92)
    sent = chat.send_photo(stream.getvalue())
    answer = chat.wait_for_message()
    assert text_of(answer).startswith("2 faces, both 😊 happy\n1. 😊 Happy, ")
    assert replied_to(answer) == sent["message_id"]
    with Image.open(BytesIO(chat.photo(answer))) as drawn:
        assert max(drawn.size) <= 1280
        assert drawn.width / drawn.height == pytest.approx(pair.width / pair.height, rel=0.02)


def test_one_face_beside_one_that_was_missed_comes_back_in_a_box(chat: SandboxClient) -> None:
    chat.send_photo(jpeg_of(beside_a_blurred_face()))
    answer = chat.wait_for_message()
    with Image.open(BytesIO(chat.photo(answer))) as drawn:
        assert drawn.size == (1024, 512)
    happy, missed = text_of(answer).splitlines()
    assert happy.startswith("😊 Happy, ")
    assert missed == "I recognised only one face; I may have missed others."


def test_of_a_crowd_forty_faces_are_counted_row_by_row(
    chat: SandboxClient, shared_sandbox: BotSandbox
) -> None:
    chat.send_photo(jpeg_of(crowd()))
    answer = chat.wait_for_message()
    lines = text_of(answer).splitlines()
    assert lines[0].startswith("40 faces")
    assert lines[1] == "There are even more faces; I looked at the 40 largest."
    assert [len(row) for row in answer["reply_markup"]["inline_keyboard"]] == [5] * 8 + [2]
    places = rows(
        shared_sandbox,
        "SELECT box_top / 150, box_left / 150 FROM faces "
        "WHERE photo_id = (SELECT max(id) FROM photos) ORDER BY position",
    )
    assert places == sorted(places)


def test_the_faces_of_a_long_panorama_come_back_in_a_picture(chat: SandboxClient) -> None:
    chat.send_document(jpeg_of(panorama()), "panorama.jpg")
    answer = chat.wait_for_message()
    assert text_of(answer).startswith("2 faces, both 😊 happy")
    with Image.open(BytesIO(chat.photo(answer))) as drawn:
        assert drawn.size == (1280, 64)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_photo_that_was_stored_turned_is_judged_by_its_face(
    chat: SandboxClient, turn: int
) -> None:
    chat.send_photo(jpeg_of(portrait().transpose(Image.Transpose[f"ROTATE_{turn}"])))
    assert text_of(chat.wait_for_message()).startswith("😊 Happy, ")


def test_a_photo_that_lacks_only_its_end_is_judged(chat: SandboxClient) -> None:
    chat.send_document(FACE.read_bytes()[:-2], "cut.jpg")
    assert text_of(chat.wait_for_message()).startswith("😊 Happy, ")


def test_a_picture_file_is_judged(chat: SandboxClient) -> None:
    chat.send_document(png_bytes(), "drawing.png")
    assert WHOLE_PICTURE in text_of(chat.wait_for_message())


def test_a_heic_file_is_judged(chat: SandboxClient) -> None:
    stream = BytesIO()
    pillow_heif.from_pillow(gradient()).save(stream, format="HEIF")
    chat.send_document(stream.getvalue(), "IMG_0001.HEIC")
    assert WHOLE_PICTURE in text_of(chat.wait_for_message())


def test_a_damaged_photo_is_reported(chat: SandboxClient) -> None:
    chat.send_document(jpeg_bytes()[:2000], "broken.jpg")
    assert "damaged" in text_of(chat.wait_for_message())


def test_a_text_file_named_like_a_picture_is_reported(chat: SandboxClient) -> None:
    chat.send_document(b"not a picture at all", "fake.png")
    assert "cannot open this file as an image" in text_of(chat.wait_for_message())


def test_any_other_file_gets_a_hint(chat: SandboxClient) -> None:
    chat.send_document(b"%PDF-1.7", "report.pdf")
    assert text_of(chat.wait_for_message()) == help_replies.not_a_picture_file("")


def test_too_large_a_file_is_refused_without_fetching_it(chat: SandboxClient) -> None:
    before = len(chat.requests("getFile"))
    chat.send_document(jpeg_bytes() + bytes(21_000_000), "huge.jpg")
    assert "I can take up to" in text_of(chat.wait_for_message())
    assert len(chat.requests("getFile")) == before


def test_an_album_gets_one_answer(chat: SandboxClient) -> None:
    before = len(bot_messages(chat, ANNA))
    sent = chat.send_photos([FACE.read_bytes(), jpeg_bytes(), png_bytes()])
    answer = chat.wait_for_message()
    lines = text_of(answer).splitlines()
    assert lines[0].startswith("3 pictures: ")
    assert lines[1].startswith("1. 😊 Happy, ")
    assert lines[2].startswith("2. ")
    assert lines[3].startswith("3. ")
    assert replied_to(answer) == sent[0]["message_id"]
    wait_until_all_is_answered(chat)
    assert len(bot_messages(chat, ANNA)) == before + 1


def test_a_bad_file_in_an_album_does_not_spoil_the_others(chat: SandboxClient) -> None:
    chat.send_documents([("good.png", png_bytes()), ("bad.jpg", jpeg_bytes()[:2000])])
    lines = text_of(chat.wait_for_message()).splitlines()
    assert lines[0].endswith("1 ⚠️")
    assert "No face" in lines[1]
    assert lines[2].startswith("2. ⚠️ ")


def test_an_update_delivered_twice_is_answered_once(chat: SandboxClient) -> None:
    before = len(bot_messages(chat, ANNA))
    chat.fault("getUpdates", "duplicate_update")
    chat.send_photo(jpeg_bytes())
    chat.wait_for_text(WHOLE_PICTURE)
    wait_until_all_is_answered(chat)
    assert len(bot_messages(chat, ANNA)) == before + 1


def test_in_a_group_only_photos_meant_for_the_bot_are_answered(chat: SandboxClient) -> None:
    photo = chat.send_photo(jpeg_bytes(), "our holiday", chat=GROUP)
    chat.send_text("/mood", chat=GROUP, reply_to=photo["message_id"])
    chat.send_text(f"{BOT_NAME} hello", chat=GROUP, reply_to=photo["message_id"])
    chat.send_text(MOOD, chat=GROUP, reply_to=photo["message_id"])
    answer = chat.wait_for_message()
    assert replied_to(answer) == photo["message_id"]
    another = chat.send_photo(jpeg_bytes(), chat=GROUP, reply_to=answer["message_id"])
    assert replied_to(chat.wait_for_message()) == another["message_id"]
    # The bot is the last one to have written, so commands without its name reach it, too.
    chat.send_text("/help", chat=GROUP)
    chat.send_text("/mood", chat=GROUP, reply_to=photo["message_id"])
    assert replied_to(chat.wait_for_message()) == photo["message_id"]
    assert len(bot_messages(chat, GROUP)) == 3


def test_the_bot_writes_only_its_database_and_no_photo_into_it(
    shared_sandbox: BotSandbox, chat: SandboxClient
) -> None:
    photo = FACE.read_bytes()
    chat.send_photo(photo)
    chat.wait_for_message()
    files = [path for path in shared_sandbox.folder.rglob("*") if path.is_file()]
    locks = {path for path in files if path.suffix == ".lock"}
    assert not any(path.stat().st_size for path in locks)
    assert {path.name for path in set(files) - locks} <= {
        "bot.sqlite3",
        "bot.sqlite3-wal",
        "bot.sqlite3-shm",
        "log.key",
    }
    for path in files:
        assert photo[1000:1100] not in path.read_bytes()
    everything = list(shared_sandbox.folder.rglob("*"))
    assert not [path for path in everything if path.stat().st_mode & 0o077]  # for others


@needs_dataset
@pytest.mark.data
def test_a_photo_of_several_people_comes_back_with_boxes(chat: SandboxClient) -> None:
    photos = sorted((DATASET / "photos").rglob("*.jpg"))[:12]
    answers = []
    for photo in photos:
        chat.send_photo(photo.read_bytes())
        answers.append(chat.wait_for_message())
    drawn = [text_of(answer) for answer in answers if "photo" in answer]
    several = [text for text in drawn if "recognised only one face" not in text]
    assert several
    for text in several:
        head, *faces, last = text.splitlines()
        assert int(head.split()[0]) == len(faces) > 1
        assert last == "Wrong somewhere? Tap the face's number."
    for answer in answers:
        assert any(emoji in text_of(answer) for emoji in "😊😢🤔")
