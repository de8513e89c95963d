"""Shows admins the progress of a retraining, and notifies them of its end.

How a retraining ended is read from the database, where the subprocess stored it. So admins are
notified even if the bot or the subprocess was killed in the middle.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any, NoReturn

from telegram import Bot
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.errors import NobodyRetrainsError, StorageError
from bot.i18n import StoredMessage, current_language, in_language
from bot.keyboards.retraining import stop_keyboard
from bot.replies import retraining as replies
from bot.retraining.crash_recovery import recover_interrupted_runs
from bot.retraining.exit_status import ExitStatus
from bot.retraining.observed import RetrainExit
from bot.retraining.retraining_lock import is_retraining
from bot.retraining.runner import RetrainingRunner
from bot.services.progress_messages import ProgressMessages, Rendered
from bot.services.reporting_turn import ReportingTurn
from bot.services.result_card import send_card
from bot.storage import retraining_messages, run_notifications
from bot.storage.database import Database
from bot.storage.retraining_messages import ProgressMessageKey
from bot.storage.runs import RESULTS, Run
from bot.storage.shared_registry import SharedRegistry
from model.registry.registry import Registry

EDIT_EVERY_S = 2.0  # Telegram limits edits of one message
MAX_WAIT_S = 30.0  # for admins who are being notified; a flood limit may take an hour
CHECK_EVERY_S = 60.0
CHECK_OTHERS_EVERY_S = 3.0  # while a retraining runs that the bot has not started

logger = logging.getLogger(__name__)


class RetrainingNotifier:
    """Keeps admins up to date about retraining.

    Args:
        bot: sends the messages.
        database: holds the audit of runs.
        registry: holds the versions that came out of them.
        runner: runs the retrainings, here or elsewhere.
        admins: user ids of the admins; all are notified of runs that none of them started.
        edit_every_s: seconds between two edits of a progress message, at least.
        max_wait_s: seconds after which an admin who is being notified holds up nothing else.
    """

    def __init__(
        self,
        bot: Bot,
        database: Database,
        registry: Registry,
        runner: RetrainingRunner,
        admins: Collection[int],
        edit_every_s: float = EDIT_EVERY_S,
        max_wait_s: float = MAX_WAIT_S,
    ) -> None:
        self._bot = bot
        self._database = database
        self._registry = registry
        self._runner = runner
        self._admins = frozenset(admins)
        self._edit_every_s = edit_every_s
        self._max_wait_s = max_wait_s
        self._messages = ProgressMessages(bot)
        self._turn = ReportingTurn(database)
        self._ended: RetrainExit | None = None  # until it is this bot's turn to tell
        self._has_to_wait = False  # for that turn
        # Of each run, by chat, until all chats are notified.
        self._notifying: dict[int, dict[int, asyncio.Task[bool]]] = {}
        self._sending: set[asyncio.Task[bool]] = set()

    async def attach(self, chat_id: int, message_id: int, shown: str | None = None) -> None:
        """Show the progress in a message of the bot from now on.

        Args:
            chat_id: the chat of the message.
            message_id: the message.
            shown: the text of the message, if it shows the progress already.

        Raises:
            StorageError: a bot that is restarted will not know the message.
        """
        self._messages.attach(chat_id, message_id, shown)
        if self._runner.is_remote:
            message = ProgressMessageKey(chat_id, message_id, current_language())
            await retraining_messages.store(self._database, message)

    async def attach_stored(self) -> None:
        """Go on with the messages in which another process of the bot showed the progress.

        Raises:
            StorageError: the database cannot be read.
        """
        for message in await retraining_messages.load_all(self._database):
            if message.chat_id not in self._messages.chats():
                with in_language(message.language):
                    self._messages.attach(message.chat_id, message.message_id)

    def note_language(self, admin: int, tag: str | None) -> None:
        """Remember the language in which to notify an admin.

        Args:
            admin: user id.
            tag: the admin's language as Telegram gives it, if it does.
        """
        self._messages.note_language(admin, tag)

    def render(self) -> Rendered:
        """Return what a progress message shows now."""
        progress = self._runner.progress
        if progress is None:
            return replies.not_running(), None
        if self._runner.unseen_since is not None:
            return replies.running_elsewhere(self._runner.unseen_since), None
        if self._runner.stopping:
            return replies.stopping(), None
        return replies.progress(progress), stop_keyboard(self._runner.key)

    async def refresh(self) -> None:
        """Show the current progress, if a retraining is running."""
        if self._runner.is_running:
            await self._messages.show(self.render)

    async def update(self) -> None:
        """Show the progress, or notify of runs that have ended.

        Raises:
            StorageError: the database cannot be used.
        """
        if self._runner.is_running:
            await self.refresh()
            return
        if ended := self._runner.take_exit():
            self._ended = ended
            if ended.run is not None:
                self._turn.claim(ended.run)
        if self._ended is None:
            await self._runner.forget_exit()
        if not await is_retraining(self._database, self._registry):
            for run in await recover_interrupted_runs(self._database, self._registry):
                self._turn.claim(run.id)
        await self._notify_in_turn()

    async def _notify_in_turn(self) -> None:
        """Notify of what has ended, unless another bot does."""
        runs = await run_notifications.unnotified_runs(self._database)
        self._has_to_wait = bool(self._ended or runs) and not await self._turn.take()
        if self._has_to_wait or not (self._ended or runs):
            return
        try:
            ended, self._ended = self._ended, None
            if ended is not None:
                await self._notify_of_exit(ended)
                await self._runner.forget_exit()
            # Read again: another bot may have told of some of them before it was this one's turn.
            runs = await run_notifications.unnotified_runs(self._database)
            if ended is not None and ended.run not in [None, *(run.id for run in runs)]:
                await self._messages.detach_all(lambda: (replies.over(), None))
            for run in runs:
                if self._turn.is_ours(run):
                    await self._notify(run)
                else:
                    self._has_to_wait = True
        finally:
            if not self._notifying:
                await self._turn.end()

    async def run(self) -> NoReturn:
        """Update until cancelled."""
        try:
            while True:
                await self._try_to_update()
                await self._pause()
        finally:
            for task in self._sending:
                task.cancel()
            await self._turn.end()

    async def _try_to_update(self) -> None:
        try:
            await self.update()
        except StorageError as error:
            logger.warning("Admins are notified of ended retrainings later: %s", error)
        except Exception:
            logger.exception("Admins could not be notified of a retraining")

    async def _pause(self) -> None:
        if self._runner.is_running:
            await asyncio.sleep(self._edit_every_s)
            await self._runner.wait_for_change()
            return
        try:
            elsewhere = await is_retraining(self._database, self._registry)
        except StorageError:
            elsewhere = False  # the next update logs it
        try:
            is_soon = elsewhere or self._has_to_wait
            async with asyncio.timeout(CHECK_OTHERS_EVERY_S if is_soon else CHECK_EVERY_S):
                await self._runner.wait_for_change()
        except TimeoutError:
            return

    async def _notify_of_exit(self, ended: RetrainExit) -> None:
        """Notify of a retraining that ended before its run was stored."""
        if await self._runner.was_reported():
            self._messages.forget()
            return
        await self.attach_stored()
        if ended.run is not None:
            return
        chats: Collection[int] = self._messages.chats()
        if not chats and ended.status is ExitStatus.FAILED:
            chats = self._admins
        await self._say_to(chats, lambda: _exit_text(ended))

    async def tell_nobody_retrains(self, error: NobodyRetrainsError) -> None:
        """Tell all admins that a scheduled retraining cannot take place."""
        await self._say_to(self._admins, lambda: replies.due_but_nobody_retrains(error.command))

    async def _say_to(self, chats: Iterable[int], make_text: Callable[[], str]) -> None:
        await self._wait_for([self._start(self._say(chat_id, make_text)) for chat_id in chats])

    async def _notify(self, run: Run) -> None:
        """Notify everybody concerned of the end of a run, once."""
        admins = {run.started_by} & self._admins or self._admins
        notifying = self._notifying.setdefault(run.id, {})
        for chat_id in {*admins, *self._messages.chats()}:
            task = notifying.get(chat_id)
            if task is None or (task.done() and not _has_succeeded(task)):
                notifying[chat_id] = self._start(self._notify_chat(run, chat_id))
        await self._wait_for(notifying.values())
        if all(map(_has_succeeded, notifying.values())):
            await run_notifications.mark_notified(self._database, run.id)
            del self._notifying[run.id]

    async def _notify_chat(self, run: Run, chat_id: int) -> None:
        if run.state in RESULTS:
            await SharedRegistry(self._database, self._registry).follow()
            await send_card(self._bot, self._registry, self._messages, run, chat_id)
        else:
            await self._say(chat_id, lambda: replies.no_result(run))

    def _start(self, sending: Coroutine[Any, Any, None]) -> asyncio.Task[bool]:
        task = asyncio.create_task(_try_to_send(sending))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return task

    async def _wait_for(self, tasks: Iterable[asyncio.Task[bool]]) -> None:
        """Wait until admins are notified, but not for long; what takes longer goes on."""
        if waiting := {*tasks}:
            done, _ = await asyncio.wait(waiting, timeout=self._max_wait_s)
            for task in done:
                task.result()

    async def _say(self, chat_id: int, make_text: Callable[[], str]) -> None:
        """Put a text into the chat's progress message; without one, send it as a new message."""
        text = self._messages.render_for(chat_id, make_text)
        if not await self._messages.detach(chat_id, lambda: (text, None)):
            await self._bot.send_message(chat_id, text)


async def _try_to_send(sending: Coroutine[Any, Any, None]) -> bool:
    """Send something to an admin; False if Telegram is away and it has to be tried again."""
    try:
        await sending
    except (Forbidden, BadRequest) as error:
        logger.warning("An admin cannot be notified of the end of a retraining: %s", error)
    except TelegramError as error:
        logger.warning("An admin is notified of the end of a retraining later: %s", error)
        return False
    return True


def _has_succeeded(task: asyncio.Task[bool]) -> bool:
    return task.done() and not task.cancelled() and not task.exception() and task.result()


def _exit_text(ended: RetrainExit) -> str:
    if ended.status is ExitStatus.NOTHING_NEW:
        return replies.nothing_new_to_learn()
    if ended.status is ExitStatus.ALREADY_RUNNING:
        return replies.running_elsewhere()
    if ended.status is ExitStatus.STOPPED:
        return replies.stopped()
    return replies.failed([StoredMessage(ended.reason)])
