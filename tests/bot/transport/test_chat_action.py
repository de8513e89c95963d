import asyncio

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.transport.chat_action import ChatActionSender
from tests.support.fake_telegram import FakeTelegram, fake_bot


@pytest.fixture
def chat_action(telegram: FakeTelegram) -> ChatActionSender:
    return ChatActionSender(fake_bot(telegram), refresh_s=0.02, after_s=0)


async def test_typing_is_refreshed(chat_action: ChatActionSender, telegram: FakeTelegram) -> None:
    async with chat_action.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 3)
    assert telegram.called("sendChatAction")[0] == {"chat_id": 1001, "action": "typing"}


async def test_a_quick_answer_is_not_announced(telegram: FakeTelegram) -> None:
    async with ChatActionSender(fake_bot(telegram)).typing(1001):
        pass
    assert telegram.called("sendChatAction") == []


async def test_nothing_is_shown_after_the_end(
    chat_action: ChatActionSender, telegram: FakeTelegram
) -> None:
    async with chat_action.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 1)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    assert not tasks


async def test_ten_photos_in_a_chat_share_one_typing(telegram: FakeTelegram) -> None:
    chat_action = ChatActionSender(fake_bot(telegram), refresh_s=60, after_s=0)
    async with chat_action.typing(1001), chat_action.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 1)
        async with chat_action.typing(1001):
            pass
        async with chat_action.typing(1002):
            await telegram.wait_for_calls("sendChatAction", 2)
    assert [call["chat_id"] for call in telegram.called("sendChatAction")] == [1001, 1002]


async def test_a_failed_chat_action_is_ignored(
    chat_action: ChatActionSender, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fail("sendChatAction", NetworkError("gone"))
    async with chat_action.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 2)
    assert not caplog.records


@pytest.mark.parametrize("refusal", [Forbidden("blocked"), BadRequest("chat not found")])
async def test_a_chat_action_that_is_refused_is_not_repeated(
    chat_action: ChatActionSender, telegram: FakeTelegram, refusal: TelegramError
) -> None:
    telegram.fail("sendChatAction", refusal)
    async with chat_action.typing(1001):
        await asyncio.sleep(60)
    assert len(telegram.called("sendChatAction")) == 1


async def test_an_upload_is_shown(chat_action: ChatActionSender, telegram: FakeTelegram) -> None:
    await chat_action.uploading(1001)
    assert telegram.called("sendChatAction") == [{"chat_id": 1001, "action": "upload_photo"}]
