"""Adding the bot to a group, and removing it.

A removed bot is banned, and an added one is not any more, as in Telegram's apps. The bot is told by
`my_chat_member` and by a service message (https://core.telegram.org/bots/api#chatmemberupdated).
"""

import time

from bot.sandbox.cast import ADMIN_ID, BOT, BOT_ID, Json
from bot.sandbox.errors import ControlError
from bot.sandbox.state.chats import Chat
from bot.sandbox.state.sandbox_state import SandboxState

MEMBER: Json = {"status": "member"}
KICKED: Json = {"status": "kicked", "until_date": 0}


def set_bot_membership(state: SandboxState, chat: Chat, user: Json, is_member: bool) -> None:
    """Add the bot to a group, or remove it.

    Raises:
        ControlError: the chat is no group, the user may not, or nothing would change.
    """
    if chat.info["type"] != "supergroup":
        raise ControlError(422, "The bot can only be added to groups and removed from them.")
    if user["id"] != ADMIN_ID:
        raise ControlError(403, f"{user['first_name']} is no admin of this group.")
    if (BOT_ID in chat.members) == is_member:
        raise ControlError(409, f"The bot is {'in' if is_member else 'not in'} this group already.")
    old, new = (KICKED, MEMBER) if is_member else (MEMBER, KICKED)
    change: Json = {
        "chat": chat.info,
        "from": user,
        "date": int(time.time()),
        "old_chat_member": {"user": BOT, **old},
        "new_chat_member": {"user": BOT, **new},
    }
    chat.members |= {BOT_ID}  # the service message about its removal reaches the bot
    state.updates.add("my_chat_member", change)
    service = {"new_chat_members": [BOT]} if is_member else {"left_chat_member": BOT}
    state.post(chat, user, service)
    if not is_member:
        chat.members -= {BOT_ID}
        chat.bot_wrote_last = False
    state.events.add("members", chat_id=chat.id, members=sorted(chat.members))
