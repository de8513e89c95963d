"""Composes the bot from its parts and runs it.

The steps, in order: data folder, health and metrics, token, database, model, connection to
Telegram, housekeeping, retraining, inbox and handlers, command menus, polling or webhook. Whatever
must be closed is a context manager, so shutdown happens in reverse order.
"""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, NoReturn, cast

from telegram import Bot
from telegram.ext import ApplicationBuilder, ContextTypes

from bot.context import Context, MoodApplication, Services
from bot.errors import StuckWorkersError
from bot.handlers.routes import ALLOWED_UPDATES, add_handlers
from bot.inbox.chat_order import QUIET_S
from bot.inbox.inbox import Inbox
from bot.inbox.poller import Poller
from bot.inbox.replica import Replica, joined
from bot.inbox.sign_in import notice_rejected_token, sign_in
from bot.inbox.webhook_registration import set_webhook
from bot.inbox.webhook_watch import WebhookWatch
from bot.inference_engine import InferenceEngine
from bot.logs import recent_errors
from bot.metrics import Metrics
from bot.operations.backup_schedule import scheduled_backups
from bot.operations.health import Health
from bot.proxies import direct_or_through
from bot.services.command_menus import CommandMenus
from bot.services.downloads import PLACES, Downloads
from bot.services.housekeeping import Housekeeper
from bot.services.languages import Languages
from bot.services.retraining_setup import running_retraining
from bot.serving.cluster.cluster import Cluster
from bot.serving.hot_swap import HotSwapper, ModelLoader
from bot.serving.inference import Inference
from bot.serving.large_blocks import return_large_blocks
from bot.settings import Settings
from bot.shutdown import GRACE_S, STORAGE_S, catch_stop_signals, in_background, run_until
from bot.storage.database import Database, open_database
from bot.storage.database_lock import lock_database
from bot.storage.retry import retry_while_locked
from bot.storage.server_lock import lock_server_database
from bot.storage.shared_registry import SharedRegistry
from bot.transport.chat_action import ChatActionSender
from bot.transport.file_download import open_downloader
from bot.transport.mood_bot import MoodBot
from bot.transport.outgoing_requests import CountedRequest, RetryingRequest
from bot.transport.rate_limiter import RateLimiter
from model.faces.detector import FaceDetector
from model.prediction.annotate import annotate
from model.prediction.predictor import Predictor
from model.registry.registry import Registry

if TYPE_CHECKING:
    from bot.inbox.webhook import WebhookApp

MAX_CONNECTIONS = 256  # to Telegram, for everything but fetching updates

logger = logging.getLogger(__name__)


async def run(settings: Settings) -> None:
    """Run the bot until it is asked to stop.

    Args:
        settings: the checked settings; see `bot.settings`.

    Raises:
        ListenError: a port to listen on is taken.
        RejectedTokenError: Telegram does not know the token.
        StuckWorkersError: several photos are judged without an end.
        StorageError: the database cannot be used.
        model.errors.ModelError: no version of the model can be used.
    """
    await _run(settings, catch_stop_signals())
    logger.info("Stopped")


async def _run(settings: Settings, stop: asyncio.Event) -> None:
    async with AsyncExitStack() as stack:
        settings.bot_data_dir.mkdir(parents=True, exist_ok=True)
        errors = stack.enter_context(recent_errors(settings.secrets()))
        metrics = Metrics()
        health = Health(polls=settings.webhook is None, metrics=metrics)
        await stack.enter_async_context(_operations(settings.bot_http_listen, health, metrics))
        webhook = await _webhook(stack, settings)
        rate_limiter = RateLimiter()
        bot = await stack.enter_async_context(_telegram(settings, metrics, rate_limiter))
        if not await run_until(stop, notice_rejected_token(bot)):
            return
        opening = asyncio.create_task(_open_database(stack, settings))
        if not await run_until(stop, opening):
            return
        database, replica = opening.result()
        health.database = database
        registry = Registry(settings.bot_data_dir / "models")
        versions = SharedRegistry(database, registry)
        if not await run_until(stop, retry_while_locked(versions.start)):
            return
        await stack.enter_async_context(in_background(versions.run()))
        inference = await stack.enter_async_context(_model(settings, registry))
        health.has_model = True
        if not await run_until(stop, sign_in(bot, polls=webhook is None)):
            return
        housekeeper = await stack.enter_async_context(_housekeeping(database))
        retraining, notifier = await stack.enter_async_context(
            running_retraining(settings, bot, database, registry, metrics)
        )
        await stack.enter_async_context(scheduled_backups(settings, registry, metrics))
        command_menus = CommandMenus(bot, database, settings.bot_admins)
        services = Services(
            settings=settings,
            inference=inference,
            downloads=await stack.enter_async_context(_downloads(settings, bot)),
            chat_action=ChatActionSender(bot),
            command_menus=command_menus,
            database=database,
            housekeeper=housekeeper,
            languages=Languages(database),
            registry=registry,
            retraining=retraining,
            retraining_notifier=notifier,
            metrics=metrics,
            recent_errors=errors,
        )
        inbox = await stack.enter_async_context(_inbox(bot, services, replica))
        if not await run_until(stop, retry_while_locked(inbox.take_up)):
            return
        if replica is not None:
            await stack.enter_async_context(in_background(replica.distribute(inbox)))
            sharing = replica.share_rate(rate_limiter.divide_among)
            await stack.enter_async_context(in_background(sharing))
        await stack.enter_async_context(in_background(command_menus.run()))
        # Registered last, so called first: the process ends while the rest shuts down.
        stack.callback(retraining.stop_own)
        logger.info("Ready: send a photo to @%s", bot.username)
        metrics.expect_version(inference.version)
        _watch(metrics, settings, inference, inbox)
        poller = health.poller = Poller(bot, inbox, ALLOWED_UPDATES)
        updates = _deliver(webhook, bot, inbox) if webhook else poller.run()
        await run_until(inference.stuck, run_until(stop, updates))
    if inference.stuck.is_set():
        raise StuckWorkersError


def _watch(metrics: Metrics, settings: Settings, inference: Inference, inbox: Inbox) -> None:
    metrics.watch(
        "photos_in_hand", "Photos downloaded, judged or waiting", lambda: inference.in_hand
    )
    metrics.watch("inbox_pending", "Updates not handled yet", lambda: len(inbox.in_hand))
    metrics.watch(
        "oldest_update_age_seconds", "Age of the oldest of them", lambda: inbox.oldest_age_s
    )
    metrics.watch(
        "data_free_bytes",
        "Free space on the disk of the data folder",
        lambda: shutil.disk_usage(settings.bot_data_dir).free,
    )


async def _open_database(
    stack: AsyncExitStack, settings: Settings
) -> tuple[Database, Replica | None]:
    """Open the database, and wait for a bot that is stopping, or another program that writes.

    On a server, a bot with a webhook is one of several replicas, or may become one.
    """
    address = settings.bot_database_url.get_secret_value()

    async def opened(may_migrate: bool = True) -> Database:
        return await retry_while_locked(
            lambda: stack.enter_async_context(open_database(address, may_migrate))
        )

    if not settings.has_database_server:
        await stack.enter_async_context(lock_database(settings.database_file))
        return await opened(), None
    is_shared = settings.webhook is not None
    lock = await stack.enter_async_context(
        lock_server_database(settings.database_url, is_shared=is_shared)
    )
    database = await opened(lock.is_alone)
    if not is_shared:
        return database, None
    joining = joined(database, lock, settings.bot_id)
    return database, await stack.enter_async_context(joining)


@asynccontextmanager
async def _operations(listen: str | None, health: Health, metrics: Metrics) -> AsyncIterator[None]:
    """Serve health and metrics, where an address for them is set."""
    if listen is None:
        yield
        return
    # A bot that serves nothing over HTTP, like most, does not load what it takes: 27 ms and 2 MB.
    from bot.operations.http import operations_http

    async with operations_http(listen, health, metrics):
        yield


async def _webhook(stack: AsyncExitStack, settings: Settings) -> "WebhookApp | None":
    """Listen from the start to the end: a taken port is noticed at once, and Telegram put off."""
    if settings.webhook is None:
        return None
    from bot.inbox.webhook import WebhookApp, listening

    webhook = WebhookApp(settings.webhook)
    await stack.enter_async_context(listening(webhook))
    return webhook


async def _deliver(webhook: "WebhookApp", bot: Bot, inbox: Inbox) -> NoReturn:
    """Let Telegram deliver updates to the inbox until cancelled."""
    webhook.deliver_to(inbox)
    try:
        await set_webhook(bot, webhook.address, ALLOWED_UPDATES)
        await WebhookWatch(bot, webhook.address, webhook.take_busy_answers).run()
    finally:
        webhook.stop_delivering()


@asynccontextmanager
async def _model(settings: Settings, registry: Registry) -> AsyncIterator[Inference]:
    """Load the active version of the model, and swap it whenever another one becomes active."""
    return_large_blocks()
    detector = await asyncio.to_thread(FaceDetector)
    loader = ModelLoader(registry, lambda folder: Predictor(folder, detector))
    predictor = await asyncio.to_thread(loader.load)
    on_ray = settings.bot_inference is InferenceEngine.RAY
    cluster = Cluster(settings.bot_ray_address) if on_ray else None
    inference = Inference(predictor, annotate, settings.bot_workers, cluster=cluster)
    del predictor  # this reference would keep it in memory after a swap
    try:
        await inference.warm_up()
        logger.info("Model %s loaded, %d workers", inference.version, settings.bot_workers)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(in_background(HotSwapper(loader, inference).run()))
            if cluster is not None:
                await stack.enter_async_context(in_background(cluster.run()))
            yield inference
    finally:
        inference.close()


@asynccontextmanager
async def _housekeeping(database: Database) -> AsyncIterator[Housekeeper]:
    housekeeper = Housekeeper(database)
    async with in_background(housekeeper.run()):
        yield housekeeper


@asynccontextmanager
async def _telegram(
    settings: Settings, metrics: Metrics, rate_limiter: RateLimiter
) -> AsyncIterator[MoodBot]:
    if settings.proxy is not None:
        logger.info("Telegram is reached through the proxy %s", settings.proxy.url)
    bot = MoodBot(
        token=settings.telegram_bot_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=RetryingRequest(direct_or_through(settings.proxy, MAX_CONNECTIONS), metrics),
        # Without retries: the poller makes its own pauses.
        get_updates_request=CountedRequest(
            metrics, httpx_kwargs={"transport": direct_or_through(settings.proxy, connections=1)}
        ),
        rate_limiter=rate_limiter,
    )
    try:
        yield bot
    finally:
        await bot.shutdown()


@asynccontextmanager
async def _downloads(settings: Settings, bot: Bot) -> AsyncIterator[Downloads]:
    """Download files through connections that nothing else has to wait for."""
    async with open_downloader(bot, direct_or_through(settings.proxy, PLACES)) as downloader:
        yield Downloads(downloader)


@asynccontextmanager
async def _inbox(bot: MoodBot, services: Services, replica: Replica | None) -> AsyncIterator[Inbox]:
    """Handle the updates that come in; at the end, finish what is in hand."""
    application = build_application(bot, services, replica=replica)
    await application.initialize()
    try:
        yield application.inbox
    finally:
        await application.inbox.close(GRACE_S, STORAGE_S)
        await application.shutdown()


def build_application(
    bot: MoodBot,
    services: Services,
    quiet_s: float = QUIET_S,
    replica: Replica | None = None,
) -> MoodApplication:
    """Return the library's application with all handlers of the bot, not yet initialized.

    Args:
        bot: the bot.
        services: what handlers work with.
        quiet_s: seconds without a further message after which an album is handled.
        replica: this bot among others; None if it has the database for itself.
    """
    parts = {"services": services, "quiet_s": quiet_s, "replica": replica}
    builder = (
        ApplicationBuilder()
        .application_class(MoodApplication, parts)
        .bot(bot)
        .context_types(ContextTypes(context=Context))
        .updater(None)
        .job_queue(None)
    )
    application = cast(MoodApplication, builder.build())
    add_handlers(application)
    return application
