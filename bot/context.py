"""The services that handlers use, and the context that gives them to each handler."""

import time
from dataclasses import dataclass, field
from typing import Any, cast

from cachetools import LRUCache, TTLCache
from telegram import User
from telegram.ext import Application, CallbackContext, ExtBot

from bot.services.albums import Albums
from bot.services.command_menus import CommandMenus
from bot.services.downloads import Downloads
from bot.services.export_queue import ExportQueue
from bot.services.housekeeping import Housekeeper
from bot.services.retraining_notifier import RetrainingNotifier
from bot.services.retraining_service import RetrainingService
from bot.serving.inference import Inference
from bot.settings import Settings
from bot.storage.database import Database
from bot.transport.chat_action import ChatActionSender
from model.registry.registry import Registry

MAX_SEEN = 10_000  # update and message ids; far more than Telegram ever repeats
MAX_EXPLAINED = 10_000
EXPLAINED_TTL_S = 60.0

MoodBot = ExtBot[int]  # the type argument is that of `rate_limit_args`, a number of retries


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
    registry: Registry
    retraining: RetrainingService
    retraining_notifier: RetrainingNotifier
    exports: ExportQueue = field(default_factory=ExportQueue)
    albums: Albums = field(default_factory=Albums)
    # Ids of updates, and of messages with their chats.
    seen: LRUCache[int | tuple[int, int], None] = field(default_factory=lambda: LRUCache(MAX_SEEN))
    # Answer ids and face numbers of recent explanations: a second tap gets no second picture.
    explained: TTLCache[tuple[int, int], None] = field(
        default_factory=lambda: TTLCache(MAX_EXPLAINED, EXPLAINED_TTL_S)
    )


class MoodApplication(Application[MoodBot, "Context", Any, Any, Any, None]):
    """The library's application with the services, which contexts read from it."""

    __slots__ = ("services",)

    def __init__(self, services: Services, **library: Any) -> None:
        super().__init__(**library)
        self.services = services


class Context(CallbackContext[MoodBot, Any, Any, Any]):
    """The library's context with typed services, as in its `contexttypesbot` example."""

    def __init__(self, *library: Any, **more: Any) -> None:
        super().__init__(*library, **more)
        self.received_at = time.monotonic()

    @property
    def services(self) -> Services:
        return cast(MoodApplication, self.application).services

    def is_admin(self, user: User | None) -> bool:
        """Return whether the settings name a user as an admin."""
        return user is not None and user.id in self.services.settings.bot_admins
