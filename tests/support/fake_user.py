"""Messages and taps of users, delivered to the bot as Telegram would."""

from dataclasses import replace
from typing import Any

from telegram import Update

from bot.context import MoodApplication
from tests.support.fake_telegram import (
    ALEX,
    ALEXS_CHAT,
    ANNA,
    ANNAS_CHAT,
    BOT_USER,
    FakeTelegram,
    Json,
)


class FakeUser:
    """Writes messages to the bot as Telegram would deliver them.

    Args:
        application: the bot.
        telegram: where the files are kept.
    """

    def __init__(self, application: MoodApplication, telegram: FakeTelegram) -> None:
        self._application = application
        self._telegram = telegram
        self._number = 0

    def message(self, chat: Json = ANNAS_CHAT, **content: Any) -> Json:
        """A message in the Bot API's shape, not yet sent."""
        self._number += 1
        return {"message_id": self._number, "date": 0, "chat": chat, "from": ANNA, **content}

    def photo(self, data: bytes = b"photo", **content: Any) -> Json:
        """A message with a photo in two sizes, of which only the large one can be fetched."""
        file_id = f"photo{self._number + 1}"
        self._telegram.files[file_id] = data
        return self.message(photo=[_size("thumbnail", 90), _size(file_id, 1280)], **content)

    def document(self, name: str, mime: str | None, data: bytes = b"file", **content: Any) -> Json:
        """A message with a file."""
        file_id = f"document{self._number + 1}"
        self._telegram.files[file_id] = data
        document = {"file_id": file_id, "file_unique_id": file_id, "file_name": name}
        if mime:
            document["mime_type"] = mime
        return self.message(document={**document, "file_size": len(data)}, **content)

    async def send(self, message: Json, update_id: int | None = None) -> None:
        """Deliver a message; returns when the bot has dealt with it."""
        await self._process({"update_id": update_id or message["message_id"], "message": message})

    async def edit(self, message: Json) -> None:
        """Deliver a message as an edited one."""
        self._number += 1
        await self._process({"update_id": self._number, "edited_message": message})

    async def tap(
        self,
        label: str,
        user: Json = ANNA,
        update_id: int | None = None,
        chat: Json = ANNAS_CHAT,
    ) -> None:
        """Tap the button that is labelled so, of those shown last."""
        (data,) = [b["callback_data"] for b in self._telegram.buttons if b["text"] == label]
        await self.press(data, user, update_id, chat=chat)

    async def press(
        self,
        data: str | None,
        user: Json = ANNA,
        update_id: int | None = None,
        query_id: str | None = None,
        chat: Json = ANNAS_CHAT,
    ) -> None:
        """Send a tap with any data, as a forged client may."""
        self._number += 1
        message = {
            "message_id": 1000,
            "date": 1,
            "chat": chat,
            "from": BOT_USER,
            "text": "an answer",
        }
        query = {
            "id": query_id or str(self._number),
            "from": user,
            "chat_instance": "1",
            "message": message,
            "data": data,
        }
        await self._process({"update_id": update_id or self._number, "callback_query": query})

    async def _process(self, update: Json) -> None:
        parsed = Update.de_json(update, self._application.bot)
        await self._application.process_update(parsed)


def _size(file_id: str, side: int) -> Json:
    return {
        "file_id": file_id,
        "file_unique_id": file_id,
        "width": side,
        "height": side,
        "file_size": side,
    }


def from_alex(people: FakeUser, text: str) -> Json:
    """A command of the admin's, in their own chat with the bot."""
    return {**people.message(chat=ALEXS_CHAT, **command(text)), "from": ALEX}


def change_settings(application: MoodApplication, **changes: Any) -> None:
    """Let a bot that is built already work with other settings."""
    services = application.services
    settings = services.settings.model_copy(update=changes)
    application.services = replace(services, settings=settings)


def command(text: str) -> Json:
    """The fields of a message that begins with a /command."""
    length = len(text.split()[0])
    return {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": length}]}
