"""What only admins get; for everybody else it does not exist.

A command that goes through `from_admin` is answered to anybody else as any unknown command is. A
tap on an admins' button is tested with `is_admin`; from anybody else it goes the way of every
unknown button.
"""

from telegram import User
from telegram.ext import filters

from bot.context import Context, Services


def from_admin(services: Services) -> filters.BaseFilter:
    """A filter that only what admins write in their private chat with the bot passes."""
    private = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
    return private & filters.User(services.admins)


def is_admin(user: User | None, context: Context) -> bool:
    """Say whether somebody is an admin, as the settings have it."""
    return user is not None and user.id in context.services.admins
