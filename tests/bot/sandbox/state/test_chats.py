from bot.sandbox.state.chats import Chats
from bot.sandbox.state.sandbox_state import SandboxOptions, SandboxState
from tests.support.sandbox_client import ANNA


def test_a_chat_keeps_only_the_newest_messages() -> None:
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


def test_there_can_be_more_users_than_the_three_of_the_page() -> None:
    state = SandboxState(SandboxOptions(extra_users=2))
    newest = state.chats.find(2002)
    assert newest
    assert newest.private
    assert state.user(2002)
    assert state.chats.find(2003) is None
