import asyncio

import pytest
from telegram.error import Forbidden

from bot.transport.chat_action import Activity
from tests.support.fakes import FakeTelegram, fake_bot


@pytest.fixture
def activity(telegram: FakeTelegram) -> Activity:
    return Activity(fake_bot(telegram), refresh_s=0.02)


async def test_typing_is_shown_again_and_again(activity: Activity, telegram: FakeTelegram) -> None:
    async with activity.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 3)
    assert telegram.called("sendChatAction")[0] == {"chat_id": 1001, "action": "typing"}


async def test_nothing_is_shown_after_the_end(activity: Activity, telegram: FakeTelegram) -> None:
    async with activity.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 1)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    assert not tasks


async def test_ten_photos_in_a_chat_are_one_typing(telegram: FakeTelegram) -> None:
    activity = Activity(fake_bot(telegram), refresh_s=60)
    async with activity.typing(1001), activity.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 1)
        async with activity.typing(1001):
            pass
        async with activity.typing(1002):
            await telegram.wait_for_calls("sendChatAction", 2)
    assert [call["chat_id"] for call in telegram.called("sendChatAction")] == [1001, 1002]


async def test_a_failure_to_show_it_disturbs_nobody(
    activity: Activity, telegram: FakeTelegram
) -> None:
    telegram.fail("sendChatAction", Forbidden("bot was blocked by the user"))
    async with activity.typing(1001):
        await telegram.wait_for_calls("sendChatAction", 2)


async def test_an_upload_is_announced(activity: Activity, telegram: FakeTelegram) -> None:
    await activity.uploading(1001)
    assert telegram.called("sendChatAction") == [{"chat_id": 1001, "action": "upload_photo"}]
