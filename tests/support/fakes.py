"""Stand-ins for what the bot talks to: a model that says what it is told, and a Telegram on paper.

`FakeTelegram` stands where HTTP would be, so everything above it is the real thing: the library,
its handlers and filters, and the bot.
"""

import asyncio
import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from telegram import Update
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot.context import MoodApplication, MoodBot
from model.network.verdict import Verdict, confidence_of, verdict_of
from model.prediction.annotate import WORDS
from model.prediction.results import Box, Explanation, FaceVerdict, Milliseconds, PhotoVerdict

Json = dict[str, Any]

TOKEN = "123456:token-for-tests-and-nothing-else"
USERNAME = "photo_mood_test_bot"
BOT_USER = {"id": 123456, "is_bot": True, "first_name": "Photo mood", "username": USERNAME}
ANNA = {"id": 1001, "is_bot": False, "first_name": "Anna"}
BEN = {"id": 1002, "is_bot": False, "first_name": "Ben"}
ALEX = {"id": 1000, "is_bot": False, "first_name": "Alex"}  # the admin
ANNAS_CHAT = {"id": 1001, "type": "private", "first_name": "Anna"}
ALEXS_CHAT = {"id": 1000, "type": "private", "first_name": "Alex"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Holiday photos"}
SURE_FROM = 0.7
CROP = np.random.default_rng(1).integers(0, 256, (96, 96, 3), np.uint8)


def verdict_with(*faces: float, whole: float | None = None, version: str = "fake") -> PhotoVerdict:
    """A verdict with a face for each probability of happy, or about the whole picture.

    Args:
        faces: probability of happy of each face.
        whole: probability of happy of the whole picture, when there is no face.
        version: of the model.
    """
    probability = whole if whole is not None else sum(faces) / len(faces)
    return PhotoVerdict(
        verdict=verdict_of(probability, SURE_FROM),
        confidence=confidence_of(probability),
        probability_happy=probability,
        whole_picture=whole is not None,
        faces=tuple(
            FaceVerdict(
                Box(0, 0, 9, 9), 0.9, face, verdict_of(face, SURE_FROM), confidence_of(face)
            )
            for face in faces
        ),
        milliseconds=Milliseconds(1, 1, 1),
        model_version=version,
        size=(10, 10),
        pixels=np.zeros((10, 10, 3), np.uint8),
        crops=(CROP,) * len(faces),
    )


class FakePredictor:
    """Answers with the verdict, or raises the error, that was set for these bytes.

    Args:
        version: its name.
    """

    def __init__(self, version: str = "fake") -> None:
        self.version = version
        self.outcomes: dict[bytes, PhotoVerdict | Exception] = {}
        self.otherwise: PhotoVerdict | Exception = verdict_with(0.97, version=version)
        self.threads: set[str] = set()
        self.warm = False
        self.began = threading.Event()
        self.explained: list[bytes] = []
        self.gate = threading.Event()  # predictions wait until it is set
        self.gate.set()

    def predict(self, data: bytes) -> PhotoVerdict:
        self.threads.add(threading.current_thread().name)
        self.began.set()
        assert self.gate.wait(timeout=30)
        outcome = self.outcomes.get(data, self.otherwise)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def explain(self, png: bytes) -> Explanation:
        self.threads.add(threading.current_thread().name)
        assert self.gate.wait(timeout=30)
        self.explained.append(png)
        return Explanation(verdict_of(0.2, SURE_FROM), 0.8, 0.2, self.version, b"drawing of why")

    def warm_up(self) -> None:
        self.warm = True


def fake_drawing(photo: PhotoVerdict, words: Mapping[Verdict, str]) -> bytes:
    """Names the number of faces, and the words unless they are English, instead of drawing."""
    in_words = "" if words == WORDS else f" with {', '.join(words.values())}"
    return f"drawing of {len(photo.faces)} faces{in_words}".encode()


class FakeTelegram(BaseRequest):
    """Answers the Bot API's methods from memory, and notes every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Json]] = []
        self.files: dict[str, bytes] = {}  # by file id
        self.failures: dict[str, deque[TelegramError | tuple[int, Json]]] = {}
        self.updates: deque[list[Json]] = deque()
        self._news = asyncio.Condition()

    async def wait_for_calls(self, method: str, times: int) -> None:
        """Wait until a method has been called so often."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: len(self.called(method)) >= times)

    def fail(self, method: str, *failures: TelegramError | tuple[int, Json]) -> None:
        """Make the next calls of a method fail: with an error, or with a status and a body."""
        self.failures.setdefault(method, deque()).extend(failures)

    def called(self, method: str) -> list[Json]:
        """The parameters of every call of a method, oldest first."""
        return [parameters for name, parameters in self.calls if name == method]

    @property
    def texts(self) -> list[str]:
        """What has been said, captions included, oldest first."""
        return [
            parameters.get("text") or parameters.get("caption") or ""
            for name, parameters in self.calls
            if name in ("sendMessage", "sendPhoto")
        ]

    @property
    def buttons(self) -> list[Json]:
        """The buttons that were shown last, row by row."""
        shown = [
            json.loads(parameters["reply_markup"])
            if isinstance(parameters["reply_markup"], str)
            else parameters["reply_markup"]
            for _, parameters in self.calls
            if "reply_markup" in parameters
        ]
        return [button for row in shown[-1]["inline_keyboard"] for button in row]

    @property
    def labels(self) -> list[str]:
        """What is written on them."""
        return [button["text"] for button in self.buttons]

    @property
    def toasts(self) -> list[str]:
        """What taps were answered with, oldest first."""
        return [call.get("text", "") for call in self.called("answerCallbackQuery")]

    @property
    def read_timeout(self) -> float:
        return 5.0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        name = "file" if method == "GET" else url.rsplit("/", 1)[1]
        parameters: Json = dict(request_data.parameters) if request_data else {}
        if request_data and request_data.multipart_data:
            parameters |= {key: part[1] for key, part in request_data.multipart_data.items()}
        async with self._news:
            self.calls.append((name, parameters))
            self._news.notify_all()
        if waiting := self.failures.get(name):
            failure = waiting.popleft()
            if isinstance(failure, TelegramError):
                raise failure
            return failure[0], json.dumps(failure[1]).encode()
        if name == "getUpdates" and parameters.get("timeout") and not self.updates:
            await asyncio.Event().wait()  # a long poll without news, as long as it takes
        if name == "file":
            return 200, self.files[url.rsplit("/", 1)[1]]
        return 200, json.dumps({"ok": True, "result": self._result(name, parameters)}).encode()

    def _result(self, name: str, parameters: Json) -> object:
        if name == "getMe":
            return BOT_USER
        if name == "getUpdates":
            return self.updates.popleft() if self.updates else []
        if name == "getFile":
            file_id = parameters["file_id"]
            return {"file_id": file_id, "file_unique_id": file_id, "file_path": file_id}
        if name in ("sendMessage", "sendPhoto", "sendDocument"):
            chat = {"id": parameters["chat_id"], "type": "private"}
            return {"message_id": 1000 + len(self.calls), "date": 0, "chat": chat}
        return True


class Chatter:
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


def from_alex(people: Chatter, text: str) -> Json:
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


def fake_bot(telegram: FakeTelegram, **options: Any) -> MoodBot:
    """The library's bot, talking to a fake Telegram."""
    return MoodBot(TOKEN, request=telegram, get_updates_request=telegram, **options)
