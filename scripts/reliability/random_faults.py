"""Random faults of the network and of Telegram, all of them temporary."""

import random
from collections.abc import Mapping

SENDING = ("sendMessage", "sendPhoto")
ANY = (
    *SENDING,
    "getFile",
    "file",
    "getUpdates",
    "sendChatAction",
    "answerCallbackQuery",
    "editMessageReplyMarkup",
    "*",
)
FAULTS: Mapping[str, tuple[str, ...]] = {
    "too_many_requests": ANY,
    "internal_error": ANY,
    "bad_gateway": ANY,
    "gateway_timeout": ANY,
    "html": ANY,
    "timeout": ANY,
    "drop": ANY,
    "reset": ANY,
    "lost_answer": ANY,
    "half_body": ANY,
    "slow_body": ("getFile", "file", "getUpdates"),
    "large_body": ("file",),
    "large_chunked_body": ("file",),
    "ignored_timeout": ("getUpdates",),
    "duplicate_update": ("*",),
    "image_rejected": ("sendPhoto",),
    "no_photo_rights": ("sendPhoto",),
    "too_large": ("sendPhoto",),
    "file_unavailable": ("getFile",),
    "file_too_big": ("getFile",),
    "not_found": ("getUpdates",),
}
"""The kinds of faults after which each person can still get a word, and the calls that they meet.

A person who has blocked the bot, for one, cannot.
"""
MAX_TIMES = 4
MAX_RETRY_AFTER_S = 5
MAX_TIMEOUT_S = 12.0
BODY_BYTES = 30 * 2**20  # more than the bot may download


def random_fault(rng: random.Random) -> dict[str, object]:
    """Return the fields of a fault; see `bot.sandbox.state.faults.Fault`."""
    kind = rng.choice(sorted(FAULTS))
    fault: dict[str, object] = {
        "kind": kind,
        "method": rng.choice(FAULTS[kind]),
        "times": 1 if kind == "not_found" else rng.randint(1, MAX_TIMES),
    }
    if kind == "too_many_requests":
        fault["retry_after"] = rng.randint(1, MAX_RETRY_AFTER_S)
    elif kind == "timeout":
        fault["seconds"] = rng.uniform(1, MAX_TIMEOUT_S)
    elif kind.startswith("large"):
        fault["size"] = BODY_BYTES
    elif kind == "html":
        fault["status"] = rng.choice((200, 403, 500, 503))
    return fault
