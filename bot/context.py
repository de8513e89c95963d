"""What every handler gets: the library's context with the bot's own parts, typed."""

import time
from dataclasses import dataclass, field
from typing import Any, cast

from telegram import User
from telegram.ext import Application, CallbackContext, ExtBot

from bot.services.albums import Albums
from bot.services.housekeeping import Housekeeper
from bot.services.recent_actions import RecentActions
from bot.services.retraining_service import RetrainingService
from bot.services.seen_updates import Seen
from bot.serving.inference import Inference
from bot.settings import Settings
from bot.storage.database import Database
from bot.transport.chat_action import ChatActionSender
from model.registry.registry import Registry

MoodBot = ExtBot[int]  # the rate limiter's optional argument is a number of retries


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts that handlers work with; built once, in `bot.app`."""

    settings: Settings
    inference: Inference
    chat_action: ChatActionSender
    database: Database
    housekeeper: Housekeeper
    registry: Registry
    retraining: RetrainingService
    albums: Albums = field(default_factory=Albums)
    seen: Seen = field(default_factory=Seen)
    explained: RecentActions = field(
        default_factory=RecentActions
    )  # answer and number of each face


class MoodApplication(Application[MoodBot, "Context", Any, Any, Any, None]):
    """The library's application, which also carries the services to the contexts."""

    __slots__ = ("services",)

    def __init__(self, services: Services, **library: Any) -> None:
        super().__init__(**library)
        self.services = services


class Context(CallbackContext[MoodBot, Any, Any, Any]):
    """Gives handlers the services by name, as in the library's `contexttypesbot` example."""

    def __init__(self, *library: Any, **more: Any) -> None:
        super().__init__(*library, **more)
        self.received_at = time.monotonic()  # the update

    @property
    def services(self) -> Services:
        """The parts that handlers work with."""
        return cast(MoodApplication, self.application).services

    def is_admin(self, user: User | None) -> bool:
        """Return whether the settings name a user as an admin."""
        return user is not None and user.id in self.services.settings.bot_admins
