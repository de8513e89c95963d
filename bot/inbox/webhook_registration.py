"""Tells Telegram where to deliver updates, or that the bot polls.

A bot has one webhook or none, and whoever calls `setWebhook` or `deleteWebhook` last decides. So
the program that started last gets the updates: at its start, this bot sets its webhook or, if it
polls, removes any. Later it only reports that another program changed that. Two programs that both
changed it back would take the updates from each other for ever.
"""

import asyncio
import logging
from collections.abc import Sequence

from telegram import Bot
from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError

from bot.backoff import Backoff
from bot.inbox.token_check import check_token
from bot.webhook_address import WebhookAddress, host_of

# A delivery takes about a tenth of a second, mostly on the way. So these bring 200 updates a
# second, and Telegram allows a bot 30 messages a second. The inbox has five times as many in hand.
MAX_CONNECTIONS = 20

logger = logging.getLogger(__name__)


async def set_webhook(bot: Bot, address: WebhookAddress, allowed_updates: Sequence[str]) -> None:
    """Register the webhook, however long that takes; pending updates are kept.

    To be called once the address accepts connections.

    Args:
        bot: the bot whose updates are to be delivered.
        address: where to.
        allowed_updates: types of updates to deliver; see `setWebhook`.

    Raises:
        RejectedTokenError: Telegram does not know the token.
    """
    backoff = Backoff()
    told = ""
    while True:
        try:
            await bot.set_webhook(
                address.url,
                max_connections=MAX_CONNECTIONS,
                allowed_updates=allowed_updates,
                drop_pending_updates=False,
                secret_token=address.secret,
            )
        except TelegramError as error:
            if isinstance(error, InvalidToken):
                await check_token(bot)
            if told != (told := _why_not_set(error)):
                logger.error("%s", told)
            await asyncio.sleep(backoff.grow())
        else:
            logger.info("Telegram delivers updates to %s", address.public_host)
            return


async def remove_webhook(bot: Bot) -> None:
    """Remove the webhook if there is one, so that the bot can poll; pending updates are kept.

    Raises:
        TelegramError: Telegram cannot be reached.
    """
    try:
        info = await bot.get_webhook_info()
    except (InvalidToken, TypeError, AttributeError):
        return  # a Bot API server by others, which has no webhooks
    except TelegramError as error:
        # Some answer unknown methods with 500. Where nothing can be reached, this fails, too.
        await bot.delete_webhook(drop_pending_updates=False)
        logger.info("Removed the webhook, if there was one: %s", error)
        return
    if not info.url:
        return
    await bot.delete_webhook(drop_pending_updates=False)
    logger.warning(
        "Removed the webhook to %s, because this bot polls. If another program still needs it, "
        "stop this bot and restart that program: they cannot share a token.",
        host_of(info.url),
    )


def is_about_webhook(error: TelegramError) -> bool:
    """Return whether `getUpdates` was refused because a webhook is set.

    The reasons for a 409 differ in their text only: "can't use getUpdates method while webhook is
    active" or "terminated by setWebhook request", and "terminated by other getUpdates request".
    """
    return isinstance(error, Conflict) and "webhook" in error.message.lower()


async def explain_conflict(bot: Bot, conflict: Conflict) -> str:
    """Say why `getUpdates` was refused with 409, and what to do.

    Args:
        bot: the bot that polls.
        conflict: Telegram's answer.

    Returns:
        A text for the log.
    """
    if not is_about_webhook(conflict):
        return (
            "Another program fetches this bot's updates with the same token (409). "
            "Stop it; until then, each update goes to only one of the two."
        )
    try:
        host = host_of((await bot.get_webhook_info()).url)
    except (TelegramError, TypeError, AttributeError):
        host = host_of("")
    return (
        f"Another program has set a webhook for this bot, to {host}, and gets the updates (409). "
        "Stop that program, and restart this bot: it then removes the webhook."
    )


def _why_not_set(error: TelegramError) -> str:
    if isinstance(error, BadRequest):
        return f"Telegram does not accept BOT_WEBHOOK_URL ({error}), retrying"
    return f"Telegram cannot be reached ({error}), retrying"
