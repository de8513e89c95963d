import asyncio
from typing import Any

import pytest

from bot.services import progress_messages
from bot.services.progress_messages import ProgressMessages, Rendered
from tests.support.fake_telegram import FakeTelegram, fake_bot

ALEX = 1000
OLGA = 1003


class HeldTelegram(FakeTelegram):
    """Holds up the edits in one chat, as a flood limit would."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.texts_in: dict[int, list[str]] = {ALEX: [], OLGA: []}

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        parameters = dict(kwargs["request_data"].parameters)
        if parameters.get("chat_id") == ALEX:
            await self.gate.wait()
        if parameters.get("chat_id"):
            self.texts_in[parameters["chat_id"]].append(parameters["text"])
        return await super().do_request(url, *args, **kwargs)


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> HeldTelegram:
    monkeypatch.setattr(progress_messages, "MAX_WAIT_S", 0.01)
    return HeldTelegram()


@pytest.fixture
def messages(telegram: HeldTelegram) -> ProgressMessages:
    messages = ProgressMessages(fake_bot(telegram))
    messages.attach(ALEX, 1)
    messages.attach(OLGA, 1)
    return messages


def showing(text: str) -> Any:
    def render() -> Rendered:
        return text, None

    return render


async def test_where_an_edit_is_held_up_only_the_newest_text_follows_it(
    messages: ProgressMessages, telegram: HeldTelegram
) -> None:
    for text in ("1 %", "2 %", "3 %", "4 %"):
        await messages.show(showing(text))
    assert telegram.texts_in == {ALEX: [], OLGA: ["1 %", "2 %", "3 %", "4 %"]}
    telegram.gate.set()
    await telegram.wait_for_calls("editMessageText", 5)
    await messages.show(showing("5 %"))
    assert telegram.texts_in[ALEX] == ["1 %", "5 %"]


async def test_the_last_edit_replaces_one_that_is_held_up(
    messages: ProgressMessages, telegram: HeldTelegram
) -> None:
    await messages.show(showing("99 %"))
    ending = asyncio.ensure_future(messages.detach(ALEX, showing("Done.")))
    await messages.show(showing("Another retraining"))
    telegram.gate.set()
    assert await ending
    assert telegram.texts_in[ALEX] == ["Done."]
