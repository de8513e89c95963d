"""What people sent to the bot, and what came back to each of them."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from scripts.reliability.sandbox_crowd import buttons

Json = dict[str, Any]

# In English, as `replies.photos.too_many_waiting` says it.
REFUSAL = re.compile("That is a lot at once|photos? (is|are) waiting before this one")
REFUSAL_COVERS_S = 60.0
"""The bot refuses a person once a minute; what it gets within that minute stays without a word."""


class Outcome(StrEnum):
    """What became of something that a person sent."""

    ANSWERED = "answered"
    REFUSED = "refused"  # with a sentence, which may be an apology
    COVERED = "covered"  # by a refusal less than a minute before
    SILENT = "silent"


@dataclass
class Sent:
    """A text, a photo, an album or a tap, and the bot's answers to it.

    Attributes:
        kind: "text", "photo", "album" or "tap".
        user: who sent it.
        at: when, by `time.monotonic()`.
        photos: how many pictures are in it.
        data: of a tap, the button's callback data.
        answers: the bot's answers to it, oldest first, as (when, message).
        word: set when there is an answer.
    """

    kind: str
    user: int
    at: float
    photos: int = 0
    data: str = ""
    answers: list[tuple[float, Json]] = field(default_factory=list)
    word: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def seconds(self) -> float | None:
        """How long the first answer took; None if there is none."""
        return self.answers[0][0] - self.at if self.answers else None


class Ledger:
    """Keeps account of everything sent and answered, from the events of a sandbox.

    Private chats only, and people whose language is English. A photo's answer is a reply to it. A
    message of the bot that replies to nothing answers the oldest text of that chat that has no
    answer yet; without one, it is an apology for the oldest photo without an answer.

    Args:
        on_answer: called with every message of the bot that answers something.
    """

    def __init__(self, on_answer: Callable[[Sent, Json], None] | None = None) -> None:
        self.on_answer = on_answer
        self.sent: list[Sent] = []
        self.unasked: list[Json] = []
        self.taps: dict[str, Sent] = {}
        self._early_tap_answers: dict[str, list[tuple[float, Json]]] = {}
        self._by_message: dict[int, Sent] = {}
        self._by_album: dict[str, Sent] = {}
        self._texts: dict[int, list[Sent]] = defaultdict(list)
        # By person: when what was sent is covered by a refusal.
        self._covered: dict[int, list[tuple[float, float]]] = defaultdict(list)
        self._answer_ids: set[int] = set()

    def note(self, event: Json) -> None:
        """Take account of an event of the sandbox."""
        if event["type"] == "message" and event["chat_id"] > 0:
            if event["message"]["from"]["is_bot"]:
                self._note_answer(event["message"])
            else:
                self.note_message(event["message"])
        elif event["type"] == "callback_answer":
            self._note_tap_answer(event)

    def note_message(self, message: Json) -> Sent:
        """Take account of a person's message, unless that was done before.

        Returns:
            What it is part of.
        """
        if message["message_id"] not in self._by_message:
            self._by_message[message["message_id"]] = self._new(message)
        return self._by_message[message["message_id"]]

    def note_tap(self, query_id: str, user: int, at: float, data: str) -> Sent:
        """Take account of a tap, which the events do not show before it is answered.

        Args:
            query_id: of the callback query.
            user: who tapped.
            at: when, by `time.monotonic()`.
            data: the button's callback data.
        """
        tap = self.taps[query_id] = Sent("tap", user, at, data=data)
        tap.answers += self._early_tap_answers.pop(query_id, [])
        if tap.answers:
            tap.word.set()
        return tap

    def everything(self) -> list[Sent]:
        """Return everything that was sent, taps last."""
        return [*self.sent, *self.taps.values()]

    def waiting(self) -> list[Sent]:
        """Return what has no word yet."""
        return [sent for sent in self.everything() if self.outcome(sent) is Outcome.SILENT]

    def repeated(self) -> list[Sent]:
        """Return what was answered more than once; a refused part of an album is no answer."""
        return [sent for sent in self.sent if len(list(filter(_is_answer, sent.answers))) > 1]

    def outcome(self, sent: Sent) -> Outcome:
        """Return what became of something that was sent."""
        if sent.kind in ("photo", "album"):
            if any(buttons(message) for _, message in sent.answers):
                return Outcome.ANSWERED
            if sent.answers:
                return Outcome.REFUSED
        elif sent.answers:
            return Outcome.ANSWERED
        if any(start <= sent.at <= end for start, end in self._covered[sent.user]):
            return Outcome.COVERED
        return Outcome.SILENT

    def _new(self, message: Json) -> Sent:
        user, album = message["chat"]["id"], message.get("media_group_id")
        pictures = int("photo" in message or "document" in message)
        if album in self._by_album:
            sent = self._by_album[album]
            sent.photos += pictures
            return sent
        kind = "album" if album else "photo" if pictures else "text"
        sent = Sent(kind, user, time.monotonic(), pictures)
        self.sent.append(sent)
        if album:
            self._by_album[album] = sent
        if kind == "text":
            self._texts[user].append(sent)
        return sent

    def _note_tap_answer(self, event: Json) -> None:
        answer = (time.monotonic(), event)
        if REFUSAL.search(event["text"]):
            tapped = self.taps.get(event["callback_query_id"])
            self._cover(event["user_id"], tapped.at if tapped else answer[0], answer[0])
        if tap := self.taps.get(event["callback_query_id"]):
            tap.answers.append(answer)
            tap.word.set()
        else:
            self._early_tap_answers.setdefault(event["callback_query_id"], []).append(answer)

    def _cover(self, user: int, sent_at: float, refused_at: float) -> None:
        """Take account of a refusal. It may come late: the bot gets updates late after an outage.

        Args:
            user: who was refused.
            sent_at: when they sent what was refused.
            refused_at: when they got the refusal.
        """
        covered = (sent_at - REFUSAL_COVERS_S, refused_at + REFUSAL_COVERS_S)
        self._covered[user].append(covered)

    def _note_answer(self, message: Json) -> None:
        self._answer_ids.add(message["message_id"])
        original = message.get("reply_to_message", {}).get("message_id")
        sent = self._by_message.get(original)
        if sent is None and original in self._answer_ids:
            return  # an explanation, which replies to the answer that it explains
        if sent and sent.kind == "album" and "photo" in message:
            return  # a drawing, which comes before the answer
        texts = self._texts[message["chat"]["id"]]
        if sent in texts:
            texts.remove(sent)
        sent = sent or self._oldest_unanswered(message["chat"]["id"])
        if sent is None:
            self.unasked.append(message)
            return
        now = time.monotonic()
        sent.answers.append((now, message))
        sent.word.set()
        if REFUSAL.search(message.get("text", "")):
            self._cover(sent.user, sent.at, now)
        if self.on_answer:
            self.on_answer(sent, message)

    def _oldest_unanswered(self, user: int) -> Sent | None:
        if texts := self._texts[user]:
            # One that a refusal covers gets no answer of its own.
            silent = (text for text in texts if self.outcome(text) is Outcome.SILENT)
            text = next(silent, texts[0])
            texts.remove(text)
            return text
        photos = (sent for sent in self.sent if sent.user == user and sent.photos)
        return next((sent for sent in photos if not sent.answers), None)


def _is_answer(answer: tuple[float, Json]) -> bool:
    return not REFUSAL.search(answer[1].get("text", ""))
