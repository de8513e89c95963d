"""Where admins have the bot retrained: it starts it, shows how it goes, and tells how it ended.

How a retraining ended is read from the database, where the program itself wrote it. So it is told
also if the bot was restarted in the middle, however either of them ended.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any, NoReturn

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.errors import StorageError
from bot.keyboards.models import card_buttons
from bot.replies import retraining as sentences
from bot.replies.retraining_result import card
from bot.retraining.crash_recovery import recover_interrupted_runs
from bot.retraining.eta import estimate
from bot.retraining.process import RetrainExit, RetrainProcess
from bot.services.progress_messages import ProgressMessages, Rendered
from bot.storage.database import Database
from bot.storage.run_notifications import mark_notified, unnotified_runs
from bot.storage.runs import RESULTS, Run, State, newest
from bot.storage.samples import NewSamples, count_new_samples
from model.registry.file_lock import is_locked
from model.registry.overview import VersionOverview
from model.registry.registry import Registry

STOP = "retrain:stop"  # what the button carries
PLOT_FILE = "result.png"  # in a version's folder
EDIT_EVERY_S = 2.0  # Telegram does not like more edits of one message
LOOK_EVERY_S = 60.0
LOOK_SOON_S = 3.0  # while a retraining runs that somebody else started

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetrainingOffer:
    """What a retraining would learn."""

    news: NewSamples
    since: int | None  # when the last one began, in seconds since 1970; None if there was none
    estimate_s: int


class RetrainingService:
    """Looks after one retraining at a time.

    Args:
        bot: who tells.
        database: what was noted about retrainings.
        registry: the versions that come out of them.
        retraining: runs the program.
        admins: user ids of those who are told about what nobody in particular has started.
        trusted: user ids of those whose corrections count at once, the admins among them.
        edit_every_s: seconds between two edits of a progress message, at least.
    """

    def __init__(
        self,
        bot: Bot,
        database: Database,
        registry: Registry,
        retraining: RetrainProcess,
        admins: Collection[int],
        trusted: Collection[int],
        edit_every_s: float = EDIT_EVERY_S,
    ) -> None:
        self._bot = bot
        self._database = database
        self._registry = registry
        self._retraining = retraining
        self._admins = frozenset(admins)
        self._trusted = frozenset(trusted)
        self._edit_every_s = edit_every_s
        self._screens = ProgressMessages(bot)
        self._told: set[tuple[int, int]] = set()  # run and chat; until all chats are told

    @property
    def is_running(self) -> bool:
        """Whether a retraining runs that this bot has started."""
        return self._retraining.progress is not None

    @property
    def is_running_elsewhere(self) -> bool:
        """Whether one runs that it has not."""
        return not self.is_running and is_locked(self._registry.retrain_lock)

    async def running_since(self) -> int | None:
        """When one began that runs elsewhere, in seconds since 1970, if that is noted yet.

        Raises:
            StorageError: the database cannot be read.
        """
        run = await newest(self._database, State.RUNNING)
        return run.started_at if run else None

    async def count_new_samples(self) -> RetrainingOffer:
        """What there is to learn since the last retraining.

        Raises:
            StorageError: the database cannot be read.
        """
        news = await count_new_samples(self._database, self._trusted)
        last = await newest(self._database, *RESULTS)
        alike = await newest(self._database, *RESULTS, mode="head")
        since = last.started_at if last else None
        return RetrainingOffer(news, since, estimate(news.total, alike))

    async def start(self, admin: int | None) -> bool:
        """Start a retraining.

        Args:
            admin: who wants it; None for nobody in particular.

        Returns:
            False if one is running already.
        """
        return await self._retraining.start(admin)

    def stop(self) -> bool:
        """Stop the retraining; False if there is none."""
        return self._retraining.stop()

    def attach(self, chat_id: int, message_id: int, shown: str | None = None) -> None:
        """Show in a message how the retraining goes, from now on until it ends.

        Args:
            chat_id: where the message is.
            message_id: of one of the bot's.
            shown: what it shows already, of this.
        """
        self._screens.attach(chat_id, message_id, shown)

    def note_language(self, admin: int, tag: str | None) -> None:
        """Note in which language an admin, when next told something, is to be told.

        Args:
            admin: user id.
            tag: their language, as Telegram gives it, if it does.
        """
        self._screens.note_language(admin, tag)

    async def renew(self) -> None:
        """Show now how it goes, if it does."""
        if self.is_running:
            await self._screens.show(self.look)

    def look(self) -> Rendered:
        """What such a message shows now."""
        now = self._retraining.progress
        if now is None:
            return sentences.not_running(), None
        if self._retraining.stopping:
            return sentences.stopping(), None
        button = InlineKeyboardButton(sentences.stop_button(), callback_data=STOP)
        return sentences.progress(now), InlineKeyboardMarkup([[button]])

    async def update(self) -> None:
        """Show how it goes, or tell what has ended and was not told yet.

        Raises:
            StorageError: the database cannot be used.
        """
        if self.is_running:
            await self.renew()
            return
        if ended := self._retraining.take_exit():
            await self._tell_screens(ended)
        if not is_locked(self._registry.retrain_lock):
            await recover_interrupted_runs(self._database, self._registry)
        for run in await unnotified_runs(self._database):
            await self._tell(run)

    async def run(self) -> NoReturn:
        """Show and tell until cancelled."""
        while True:
            try:
                await self.update()
            except StorageError as error:
                logger.warning("How retrainings ended is told later: %s", error)
            except Exception:
                logger.exception("How a retraining goes could not be told")
            await self._pause()

    async def _pause(self) -> None:
        if self.is_running:
            await asyncio.sleep(self._edit_every_s)
            await self._retraining.news()
            return
        seconds = LOOK_SOON_S if self.is_running_elsewhere else LOOK_EVERY_S
        try:
            async with asyncio.timeout(seconds):
                await self._retraining.news()
        except TimeoutError:
            return

    async def _tell_screens(self, ended: RetrainExit) -> None:
        """Tell how a retraining ended that did not come so far as to be noted in the database."""
        if ended.run is not None:
            return
        for chat_id in self._screens.chats():
            await _dealt_with(self._say(chat_id, lambda: sentences.ended(ended)))

    async def _tell(self, run: Run) -> None:
        """Tell how a retraining ended, once to everybody whom it concerns."""
        who = {run.started_by} & self._admins or self._admins
        told = [
            (run.id, chat_id) in self._told or await self._tell_one(run, chat_id)
            for chat_id in sorted({*who, *self._screens.chats()})
        ]
        if all(told):
            await mark_notified(self._database, run.id)
            self._told = {one for one in self._told if one[0] != run.id}

    async def _tell_one(self, run: Run, chat_id: int) -> bool:
        """Tell one admin; False if that has to be tried again."""
        if run.state in RESULTS:
            telling = self._send_card(run, chat_id)
        else:
            telling = self._say(chat_id, lambda: sentences.fate(run))
        if not await _dealt_with(telling):
            return False
        self._told.add((run.id, chat_id))
        return True

    async def _say(self, chat_id: int, sentence: Callable[[], str]) -> None:
        """Say how it ended in the progress message, or in one of its own if there is none."""
        text = self._screens.render_for(chat_id, sentence)
        if not await self._screens.detach(chat_id, lambda: (text, None)):
            await self._bot.send_message(chat_id, text)

    async def _send_card(self, run: Run, chat_id: int) -> None:
        overview = await asyncio.to_thread(self._registry.overview)
        text = self._screens.render_for(chat_id, lambda: card(run))
        name, kept = run.version or "", run.state is State.KEPT
        buttons = self._screens.render_for(
            chat_id, lambda: card_buttons(name, overview, anyway=kept)
        )
        await self._screens.detach(chat_id, lambda: (sentences.over(), None))
        picture = await asyncio.to_thread(_plot_of, run, overview)
        if picture is None:
            await self._bot.send_message(
                chat_id, text, parse_mode=ParseMode.HTML, reply_markup=buttons
            )
        else:
            await self._bot.send_photo(
                chat_id, picture, text, parse_mode=ParseMode.HTML, reply_markup=buttons
            )


async def _dealt_with(telling: Coroutine[Any, Any, None]) -> bool:
    """Tell an admin something; False if Telegram is away, and it is to be tried again."""
    try:
        await telling
    except (Forbidden, BadRequest) as error:
        logger.warning("An admin cannot be told how a retraining ended: %s", error)
    except TelegramError as error:
        logger.warning("How a retraining ended is told later: %s", error)
        return False
    return True


def _plot_of(run: Run, overview: VersionOverview) -> bytes | None:
    folders = [version.folder for version in overview.versions if version.name == run.version]
    try:
        return (folders[0] / PLOT_FILE).read_bytes() if folders else None
    except OSError as error:
        logger.warning("The picture of retraining %d cannot be shown: %s", run.id, error)
        return None
