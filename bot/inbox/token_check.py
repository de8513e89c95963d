"""Tells a wrong token from other reasons for the same answer."""

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.errors import RejectedTokenError


async def check_token(bot: Bot) -> None:
    """Ask again whether the token is wrong.

    To be called after `InvalidToken`, which python-telegram-bot also raises for a 404: from a
    reverse proxy, from a Bot API server at its start, or from one that does not have the method.

    Raises:
        RejectedTokenError: it is wrong.
    """
    try:
        await bot.get_me()
    except InvalidToken as error:
        raise RejectedTokenError from error
    except TelegramError:
        return  # the next attempt will tell
