import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.context import MoodApplication
from bot.replies import account as account_replies
from bot.services.zip_writer import ZipPart
from tests.support.fake_telegram import ALEX, FakeTelegram
from tests.support.fake_user import FakeUser, change_settings, command


async def test_who_has_to_wait_for_a_file_is_told_so_and_gets_it_once(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication
) -> None:
    await anna.send(anna.photo())
    telegram.calls.clear()
    turn_ends = asyncio.Event()

    async def files() -> AsyncGenerator[ZipPart, None]:
        await turn_ends.wait()
        return
        yield

    async def send(_: int, __: ZipPart) -> None: ...

    running = application.services.exports.run(("export", ALEX["id"]), files(), send)
    waiting = [
        asyncio.create_task(running),
        *(asyncio.create_task(anna.send(anna.message(**command("/mydata")))) for _ in range(2)),
    ]
    await telegram.wait_for_calls("sendMessage", 2)
    assert telegram.texts == [account_replies.being_prepared()] * 2
    turn_ends.set()
    await asyncio.gather(*waiting)
    assert len(telegram.called("sendDocument")) == 1


async def test_a_file_that_cannot_be_written_is_reported(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication, tmp_path: Path
) -> None:
    change_settings(application, bot_data_dir=tmp_path / "missing")
    await anna.send(anna.photo())
    await anna.send(anna.message(**command("/mydata")))
    assert telegram.texts[-1] == account_replies.storage_unavailable()
