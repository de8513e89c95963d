"""Sends messages and taps of users to the bot, as Telegram would deliver them."""

import time
from dataclasses import replace
from typing import Any

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

ANSWER: Json = {"message_id": 1000, "date": 1, "from": BOT_USER, "text": "an answer"}


class FakeUser:
    """Sends updates to the bot, from Anna if no other user is given.

    Args:
        application: the bot.
        telegram: stores the files that are sent.
    """

    def __init__(self, application: MoodApplication, telegram: FakeTelegram) -> None:
        self._application = application
        self._telegram = telegram
        self._number = 0

    def message(self, chat: Json = ANNAS_CHAT, **content: Any) -> Json:
        """Return a message as in the Bot API, not sent yet."""
        self._number += 1
        sent = {"message_id": self._number, "date": int(time.time()), "chat": chat, "from": ANNA}
        return {**sent, **content}

    def photo(self, data: bytes = b"photo", **content: Any) -> Json:
        """Return a message with a photo in two sizes, of which the larger one can be downloaded."""
        file_id = f"photo{self._number + 1}"
        self._telegram.files[file_id] = data
        return self.message(photo=[_size("thumbnail", 90), _size(file_id, 1280)], **content)

    def document(self, name: str, mime: str | None, data: bytes = b"file", **content: Any) -> Json:
        """Return a message with a file."""
        file_id = f"document{self._number + 1}"
        self._telegram.files[file_id] = data
        document = {"file_id": file_id, "file_unique_id": file_id, "file_name": name}
        if mime:
            document["mime_type"] = mime
        return self.message(document={**document, "file_size": len(data)}, **content)

    def video(self, data: bytes = b"video", thumbnail: bytes = b"", **content: Any) -> Json:
        """Return a message with a video of 7 seconds, and a thumbnail if there is one."""
        file_id = f"video{self._number + 1}"
        self._telegram.files[file_id] = data
        video = {**_size(file_id, 640), "duration": 7, "file_size": len(data)}
        if thumbnail:
            self._telegram.files[f"{file_id}-small"] = thumbnail
            video["thumbnail"] = _size(f"{file_id}-small", 320)
        return self.message(**{"video": video, **content})

    async def send(self, *messages: Json, update_id: int | None = None) -> None:
        """Deliver messages together, and return when the bot has handled them.

        Args:
            messages: such as those of an album.
            update_id: of the first message; by default its own id.
        """
        first = update_id or messages[0]["message_id"]
        await self._process(
            *(
                {"update_id": first + number, "message": message}
                for number, message in enumerate(messages)
            )
        )

    async def edit(self, message: Json) -> None:
        """Deliver an edited message."""
        self._number += 1
        await self._process({"update_id": self._number, "edited_message": message})

    async def change_membership(self, old: Json, new: Json, chat: Json) -> None:
        """Tell the bot that somebody has added it to a chat, removed it, or changed its rights."""
        self._number += 1
        change = {
            "chat": chat,
            "from": ANNA,
            "date": int(time.time()),
            "old_chat_member": {"user": BOT_USER, **old},
            "new_chat_member": {"user": BOT_USER, **new},
        }
        await self._process({"update_id": self._number, "my_chat_member": change})

    async def tap(
        self,
        label: str,
        user: Json = ANNA,
        update_id: int | None = None,
        chat: Json = ANNAS_CHAT,
        message: Json | None = None,
    ) -> None:
        """Tap the button with a label in the keyboard that was sent last."""
        (data,) = [b["callback_data"] for b in self._telegram.buttons if b["text"] == label]
        await self.press(data, user, update_id, chat=chat, message=message)

    async def press_action(self, action: str, index: int = 0) -> None:
        """Tap a button that need not be offered, under the answer that was sent last."""
        await self.press(self.data(action, index))

    def data(self, action: str, index: int = 0) -> str:
        """Return the data of a button, offered or not, under the answer that was sent last."""
        return f"v1:{self._telegram.answer}:{index}:{action}"

    async def press(
        self,
        data: str | None,
        user: Json = ANNA,
        update_id: int | None = None,
        query_id: str | None = None,
        chat: Json = ANNAS_CHAT,
        message: Json | None = None,
    ) -> None:
        """Send a tap with any data, as a manipulated client can."""
        await self._process(self.tap_update(data, user, update_id, query_id, chat, message))

    def tap_update(
        self,
        data: str | None,
        user: Json = ANNA,
        update_id: int | None = None,
        query_id: str | None = None,
        chat: Json = ANNAS_CHAT,
        message: Json | None = None,
    ) -> Json:
        """Return a tap as in the Bot API, not sent yet.

        Args:
            data: of the button.
            user: who taps.
            update_id: of the update; by default a new one.
            query_id: of the tap; by default a new one.
            chat: where the message is.
            message: the message that is tapped; by default one that replies to no other.
        """
        self._number += 1
        query = {
            "id": query_id or str(self._number),
            "from": user,
            "chat_instance": "1",
            "message": message or {**ANSWER, "chat": chat},
            "data": data,
        }
        return {"update_id": update_id or self._number, "callback_query": query}

    async def _process(self, *updates: Json) -> None:
        inbox = self._application.inbox
        await inbox.accept(updates)
        for update in updates:
            if entry := inbox.in_hand.get(update["update_id"]):
                await entry.is_handled.wait()
        await inbox.wait_until_stored()


def _size(file_id: str, side: int) -> Json:
    return {
        "file_id": file_id,
        "file_unique_id": file_id,
        "width": side,
        "height": side,
        "file_size": side,
    }


def from_alex(people: FakeUser, text: str) -> Json:
    """Return a message with a command of the admin, in their private chat."""
    return {**people.message(chat=ALEXS_CHAT, **command(text)), "from": ALEX}


def change_settings(application: MoodApplication, **changes: Any) -> None:
    """Change settings of a bot that is built already."""
    services = application.services
    settings = services.settings.model_copy(update=changes)
    application.services = replace(services, settings=settings)


def command(text: str) -> Json:
    """Return the fields of a message that begins with a /command."""
    length = len(text.split()[0])
    return {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": length}]}
