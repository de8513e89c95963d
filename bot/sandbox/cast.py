"""Everyone in the sandbox: users, groups, a channel and the bot, as the Bot API writes them."""

from typing import Any

Json = dict[str, Any]
"""A JSON object in the Bot API's format (User, Chat, Message, Update, ...)."""

DEFAULT_TOKEN = "123456:sandbox-token-for-trying-things-out"  # noqa: S105 - only for the sandbox
BOT_ID = 123456
GROUP_ID = -1001000000001
FORUM_ID = -1001000000002
DISCUSSION_ID = -1001000000003
CHANNEL_ID = -1001000000004
FIRST_EXTRA_ID = 2001
ADMIN_ID = 1000


def _user(user_id: int, first_name: str) -> Json:
    return {
        "id": user_id,
        "is_bot": False,
        "first_name": first_name,
        "username": first_name.lower(),
        "language_code": "en",
    }


USERS: dict[int, Json] = {
    ADMIN_ID: _user(ADMIN_ID, "Alex"),
    1001: _user(1001, "Anna"),
    1002: _user(1002, "Ben"),
}


def everybody(extra: int) -> dict[int, Json]:
    """Return the users by id: the three, and `extra` more with ids from `FIRST_EXTRA_ID` on."""
    ids = range(FIRST_EXTRA_ID, FIRST_EXTRA_ID + extra)
    return {**USERS, **{user_id: _user(user_id, f"Person{user_id}") for user_id in ids}}


BOT: Json = {
    "id": BOT_ID,
    "is_bot": True,
    "first_name": "Photo mood",
    "username": "photo_mood_sandbox_bot",
}
GROUP: Json = {"id": GROUP_ID, "title": "Holiday photos", "type": "supergroup"}
FORUM: Json = {"id": FORUM_ID, "title": "City walks", "type": "supergroup", "is_forum": True}
TOPICS = {2: "Portraits", 3: "Sunsets"}
"""The topics of the forum besides "General", by the id of the message that they begin with."""
CHANNEL: Json = {"id": CHANNEL_ID, "title": "Gallery", "type": "channel"}
DISCUSSION: Json = {"id": DISCUSSION_ID, "title": "Gallery chat", "type": "supergroup"}
"""The discussion group of the channel: Telegram forwards its posts there."""

# In whose name messages are that a channel, an anonymous admin, or somebody as a channel sends.
TELEGRAM: Json = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
ANONYMOUS_ADMIN: Json = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
CHANNEL_BOT: Json = {
    "id": 136817688,
    "is_bot": True,
    "first_name": "Channel",
    "username": "Channel_Bot",
}


def private_chat(user: Json) -> Json:
    """Return the `Chat` of the private chat with `user`; its id is the user's id."""
    return {
        "id": user["id"],
        "first_name": user["first_name"],
        "username": user["username"],
        "type": "private",
    }


def role(user_id: int) -> str:
    """Return "admin" for the user whom the demo makes the bot's admin, else "user"."""
    return "admin" if user_id == ADMIN_ID else "user"
