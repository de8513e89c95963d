"""The services that handlers use, and the context that gives them to each handler."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from cachetools import LRUCache, TTLCache
from telegram import Message, User
from telegram.ext import Application, CallbackContext

from bot.inbox.inbox import Inbox
from bot.inbox.item import current_item
from bot.inbox.replica import Replica
from bot.logs import RecentErrors
from bot.metrics import Metrics
from bot.services.command_menus import CommandMenus
from bot.services.downloads import Downloads
from bot.services.export_queue import ExportQueue
from bot.services.housekeeping import Housekeeper
from bot.services.languages import Languages
from bot.services.retraining_notifier import RetrainingNotifier
from bot.services.retraining_service import RetrainingService
from bot.serving.inference import Inference
from bot.settings import Settings
from bot.storage.answers import AnswerKey
from bot.storage.claims import Claim
from bot.storage.database import Database
from bot.transport.chat_action import ChatActionSender
from bot.transport.mood_bot import MoodBot
from model.registry.registry import Registry

MAX_SEEN = 10_000  # messages; far more than Telegram ever repeats
MAX_EXPLAINED = 10_000
EXPLAINED_TTL_S = 60.0
MAX_RECENT_ALBUMS = 200
RECENT_ALBUM_TTL_S = 60.0
MAX_TURNED_AWAY = 10_000
TURN_AWAY_EVERY_S = 24 * 3600.0


@dataclass(slots=True)
class RecentAlbum:
    """What is known of an album when further messages of it come late.

    Attributes:
        is_asked_about: whether one of its messages asks for an answer.
        is_answered: whether some of its messages are answered.
        unanswered: the messages that came before one that asks.
    """

    is_asked_about: bool = False
    is_answered: bool = False
    unanswered: list[Message] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Services:
    """What handlers work with; built once, in `bot.app`."""

    settings: Settings
    inference: Inference
    downloads: Downloads
    chat_action: ChatActionSender
    command_menus: CommandMenus
    database: Database
    housekeeper: Housekeeper
    languages: Languages
    registry: Registry
    retraining: RetrainingService
    retraining_notifier: RetrainingNotifier
    metrics: Metrics = field(default_factory=Metrics)
    recent_errors: RecentErrors = field(default_factory=lambda: RecentErrors(()))
    exports: ExportQueue = field(default_factory=ExportQueue)
    # Ids of chat, message and replica: the same message may come in several updates.
    seen: LRUCache[tuple[int, int, str | None], None] = field(
        default_factory=lambda: LRUCache(MAX_SEEN)
    )
    # Held from reading how many photos a user may still send until another one is counted.
    quota_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    # Answers and face numbers of recent explanations: a second tap gets no second picture.
    explained: TTLCache[tuple[AnswerKey, int], None] = field(
        default_factory=lambda: TTLCache(MAX_EXPLAINED, EXPLAINED_TTL_S)
    )
    # By chat id and media group id.
    recent_albums: TTLCache[tuple[int, str | None], RecentAlbum] = field(
        default_factory=lambda: TTLCache(MAX_RECENT_ALBUMS, RECENT_ALBUM_TTL_S)
    )
    # Chats that were told today that the bot is not for everybody.
    turned_away: TTLCache[int, None] = field(
        default_factory=lambda: TTLCache(MAX_TURNED_AWAY, TURN_AWAY_EVERY_S)
    )


class MoodApplication(Application[MoodBot, "Context", Any, Any, Any, None]):
    """The library's application with what contexts read from it.

    Attributes:
        services: what handlers work with.
        inbox: what hands the updates to the handlers.
    """

    __slots__ = ("inbox", "services")

    def __init__(
        self, services: Services, quiet_s: float, replica: Replica | None, **library: Any
    ) -> None:
        super().__init__(**library)
        self.services = services
        self.inbox = Inbox(
            services.database, self.bot, self.process_update, quiet_s, services.metrics, replica
        )


class Context(CallbackContext[MoodBot, Any, Any, Any]):
    """The library's context with typed services, as in its `contexttypesbot` example.

    Attributes:
        item: what is being handled.
    """

    def __init__(self, *library: Any, **more: Any) -> None:
        super().__init__(*library, **more)
        self.item = current_item.get()

    @property
    def inbox(self) -> Inbox:
        """What hands the updates to the handlers."""
        return cast(MoodApplication, self.application).inbox

    @property
    def received_at(self) -> float:
        """When this process got the update, by `time.monotonic`."""
        return self.item.received_at

    @property
    def arrived_at(self) -> int:
        """When the bot got the update, perhaps before a restart, in seconds since 1970."""
        return self.item.arrived_at

    @property
    def services(self) -> Services:
        return cast(MoodApplication, self.application).services

    @property
    def claim(self) -> Claim | None:
        """What this replica has in hand; see `bot.storage.claims`."""
        return self.item.claim

    def photos_in_hand(self, user_id: int) -> int:
        """Return how many photos of a user are going to be counted towards the daily quota."""
        return self.inbox.photos_in_hand(user_id)

    def note_language(self, user: User, tag: str | None) -> None:
        """Remember the language of an admin, who is also notified of what nobody asked for."""
        if self.is_admin(user):
            self.services.retraining_notifier.note_language(user.id, tag)

    def is_new(self, message: Message) -> bool:
        """Return whether a message was not delivered before, and remember it."""
        # If others took this replica for dead and gave the message back, it has another id now.
        key = (message.chat_id, message.message_id, self.item.entries[0].owner)
        seen = self.services.seen
        if key in seen:
            return False
        seen[key] = None
        return True

    def is_admin(self, user: User | None) -> bool:
        """Return whether the settings name a user as an admin."""
        return user is not None and user.id in self.services.settings.bot_admins

    def with_operators_line(self, text: str) -> str:
        """Add what the operator wants people to read, such as whom to write to."""
        line = self.services.settings.bot_welcome.strip()
        return f"{text}\n\n{line}" if line else text
