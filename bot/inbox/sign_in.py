"""Connects to Telegram when the bot starts."""

import asyncio
import logging

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.backoff import Backoff
from bot.errors import RejectedTokenError
from bot.inbox.webhook_registration import remove_webhook

FIRST_ATTEMPT_S = 3.0  # the database and the model need not wait longer for Telegram

logger = logging.getLogger(__name__)


async def notice_rejected_token(bot: Bot) -> None:
    """Sign in before anything else is built; only a token that is rejected ends the bot here.

    Raises:
        RejectedTokenError: Telegram does not know the token.
    """
    try:
        async with asyncio.timeout(FIRST_ATTEMPT_S):
            await bot.initialize()
    except InvalidToken as error:
        raise RejectedTokenError from error
    except (TimeoutError, TelegramError):
        return  # `sign_in` reports it, and waits


async def sign_in(bot: Bot, polls: bool) -> None:
    """Connect to Telegram, however long that takes.

    Args:
        bot: the bot.
        polls: whether to remove a webhook, which would keep the updates from it.

    Raises:
        RejectedTokenError: Telegram does not know the token.
    """
    backoff = Backoff()
    while True:
        try:
            await bot.initialize()
            if polls:
                await remove_webhook(bot)
        except InvalidToken as error:
            raise RejectedTokenError from error
        except TelegramError as error:
            pause_s = backoff.grow()
            logger.warning("Telegram cannot be reached (%s), retrying in %d s", error, pause_s)
            await asyncio.sleep(pause_s)
        else:
            return
