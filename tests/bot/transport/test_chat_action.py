import asyncio

import pytest
from telegram.error import Forbidden

from bot.transport.chat_action import ChatActionSender
from tests.support.fake_telegram import FakeTelegram, fake_bot


@pytest.fixture
def chat_action(telegram: FakeTelegram) -> ChatActionSender:
    return ChatActionSender(fake_bot(telegram), refresh_s=0.02)


async def test_typing_is_refreshed(chat_action: ChatActionSender, telegram: FakeTelegram) -> None:
    async with chat_action.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 3)
    assert telegram.called("sendChatAction")[0] == {"chat_id": 1001, "action": "typing"}


async def test_nothing_is_shown_after_the_end(
    chat_action: ChatActionSender, telegram: FakeTelegram
) -> None:
    async with chat_action.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 1)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    assert not tasks


async def test_ten_photos_in_a_chat_share_one_typing(telegram: FakeTelegram) -> None:
    chat_action = ChatActionSender(fake_bot(telegram), refresh_s=60)
    async with chat_action.typing(1001), chat_action.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 1)
        async with chat_action.typing(1001):
            pass
        async with chat_action.typing(1002):
            await telegram.wait_for_calls("sendChatAction", 2)
    assert [call["chat_id"] for call in telegram.called("sendChatAction")] == [1001, 1002]


async def test_a_failed_chat_action_is_ignored(
    chat_action: ChatActionSender, telegram: FakeTelegram
) -> None:
    telegram.fail("sendChatAction", Forbidden("bot was blocked by the user"))
    async with chat_action.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 2)


async def test_an_upload_is_shown(chat_action: ChatActionSender, telegram: FakeTelegram) -> None:
    await chat_action.uploading(1001)
    assert telegram.called("sendChatAction") == [{"chat_id": 1001, "action": "upload_photo"}]
