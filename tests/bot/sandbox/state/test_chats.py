"""The bounds that keep the sandbox's memory small."""

from bot.sandbox.state.chats import Chats
from bot.sandbox.state.files import Files
from bot.sandbox.state.updates import UpdateQueue
from tests.support.sandbox_client import ANNA


def test_a_chat_holds_the_newest_messages_only() -> None:
    chat = Chats(max_messages=3).find(ANNA)
    assert chat
    for _ in range(10):
        chat.put({"message_id": chat.next_message_id()})
    assert [message["message_id"] for message in chat.messages()] == [8, 9, 10]
    assert chat.find(7) is None


def test_an_edited_message_keeps_its_place() -> None:
    chat = Chats().find(ANNA)
    assert chat
    for number in (1, 2, 3):
        chat.put({"message_id": number, "text": "old"})
    chat.put({"message_id": 1, "text": "new"})
    assert [message["text"] for message in chat.messages()] == ["new", "old", "old"]


def test_files_make_room_for_new_ones() -> None:
    files = Files(max_bytes=100)
    stored = [files.add("document", bytes([number]) * 40, "a/b", ".x") for number in range(4)]
    for file in stored:
        files.bind_media(file, {"document": {}})
    assert [files.find(file.file_id) is not None for file in stored] == [False, False, True, True]
    assert files.find_by_path(stored[0].path) is None
    assert files.find_by_path(stored[3].path) is stored[3]


def test_a_file_in_use_stays() -> None:
    files = Files(max_bytes=100)
    first = files.add("document", b"a" * 40, "a/b", "")
    files.add("document", b"b" * 40, "a/b", "")
    assert files.add("document", b"a" * 40, "a/b", "") is first
    files.add("document", b"c" * 40, "a/b", "")
    assert files.find(first.file_id) is first


def test_a_file_larger_than_the_bound_is_held_until_the_next() -> None:
    files = Files(max_bytes=10)
    large = files.add("document", b"a" * 40, "a/b", "")
    assert files.find(large.file_id) is large
    files.add("document", b"b", "a/b", "")
    assert files.find(large.file_id) is None


def test_the_same_content_has_one_unique_id_and_an_id_for_each_use() -> None:
    files = Files()
    photo = files.add("photo", b"data", "image/jpeg", ".jpg")
    document = files.add("document", b"data", "image/jpeg", ".jpg", "a.jpg")
    assert photo.unique_id == document.unique_id
    assert photo.file_id != document.file_id


def test_a_bot_that_never_asks_does_not_fill_the_memory() -> None:
    updates = UpdateQueue(max_updates=5)
    for number in range(20):
        updates.add("message", {"message_id": number})
    assert len(updates) == 5
