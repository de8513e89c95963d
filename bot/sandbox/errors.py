"""The ways a call can fail, with Telegram's own codes and wording.

    BotApiError     what the Bot API answers: {"ok": false, "error_code", "description"}
    ControlError    what the control side answers: {"error": sentence} with a 4xx status

The wording follows the public Bot API server (github.com/tdlib/telegram-bot-api, Client.cpp) and
TDLib.
"""

from collections.abc import Mapping


class BotApiError(Exception):
    """A call of the bot that Telegram would reject.

    Args:
        code: HTTP status and `error_code` of the answer (400 to 599).
        description: the sentence with its prefix, e.g. "Bad Request: chat not found".
        parameters: `ResponseParameters`, e.g. {"retry_after": seconds}.
    """

    def __init__(
        self, code: int, description: str, parameters: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = dict(parameters or {})


class ControlError(Exception):
    """A call of the control side that makes no sense.

    Args:
        status: HTTP status, 400 to 499.
        sentence: what is wrong, shown to the user of the chat page.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def bad_request(reason: str) -> BotApiError:
    """Return a 400 error with Telegram's prefix before `reason`."""
    return BotApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> BotApiError:
    """Return a 403 error with Telegram's prefix before `reason`."""
    return BotApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> BotApiError:
    """Return a 409 error with Telegram's prefix before `reason`."""
    return BotApiError(409, f"Conflict: {reason}")


def too_many_requests(retry_after: int) -> BotApiError:
    """Return a 429 error that asks the bot to wait `retry_after` seconds (at least 1)."""
    return BotApiError(
        429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}
    )
