"""Who lives in the sandbox: three people, one group and the bot, as the Bot API writes them."""

from typing import Any, Final

Json = dict[str, Any]
"""A JSON object in the Bot API's shape (User, Chat, Message, Update, ...)."""

DEFAULT_TOKEN: Final = "123456:sandbox-token-for-trying-things-out"  # noqa: S105 - opens only the sandbox
BOT_ID: Final = 123456
GROUP_ID: Final = -1001000000001
ADMIN_ID: Final = 1000


def _person(user_id: int, first_name: str) -> Json:
    return {
        "id": user_id,
        "is_bot": False,
        "first_name": first_name,
        "username": first_name.lower(),
        "language_code": "en",
    }


USERS: Final[dict[int, Json]] = {
    person["id"]: person
    for person in (_person(ADMIN_ID, "Alex"), _person(1001, "Anna"), _person(1002, "Ben"))
}
BOT: Final[Json] = {
    "id": BOT_ID,
    "is_bot": True,
    "first_name": "Photo mood",
    "username": "photo_mood_sandbox_bot",
}
GROUP: Final[Json] = {"id": GROUP_ID, "title": "Holiday photos", "type": "supergroup"}


def private_chat(user: Json) -> Json:
    """Return the `Chat` of the private chat with `user`; its id is the user's id."""
    return {
        "id": user["id"],
        "first_name": user["first_name"],
        "username": user["username"],
        "type": "private",
    }


def role(user_id: int) -> str:
    """Return "admin" for the person the demo makes the bot's admin, else "user"."""
    return "admin" if user_id == ADMIN_ID else "user"
