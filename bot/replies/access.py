"""Replies about who may use the bot."""

from bot.i18n import _


def not_allowed() -> str:
    return _(
        "Sorry, this bot is not open to everybody. If you know who runs it, tell them your id: "
        "/whoami shows it."
    )


def ids(user_id: int | None, group_id: int | None) -> str:
    """Return the ids that the operator of a bot needs for its settings.

    Args:
        user_id: of who asks; None if they write in the name of a group or channel.
        group_id: of the group in which they ask; None in a private chat.
    """
    if user_id is None:
        text = _("I cannot see who you are, as you write in the name of a group or channel.")
    else:
        text = _("Your Telegram id: {id}").format(id=user_id)
    if group_id is not None:
        text += "\n" + _("The id of this group: {id}").format(id=group_id)
    return text
