"""The ways a call can fail, with Telegram's own codes and wording.

    Failure             what the Bot API answers: {"ok": false, "error_code", "description"}
    Refusal             what the control side answers: {"error": sentence} with a 4xx status

Wordings follow the public Bot API server (github.com/tdlib/telegram-bot-api, Client.cpp) and TDLib.
"""

from collections.abc import Mapping


class Failure(Exception):  # noqa: N818 - the Bot API's own word would be "error", which says less
    """A call of the bot that Telegram would refuse.

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


class Refusal(Exception):  # noqa: N818 - see Failure
    """A call of the control side that makes no sense, with a sentence for the person at the page.

    Args:
        status: HTTP status, 400 to 499.
        sentence: what is wrong, for the person.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def bad_request(reason: str) -> Failure:
    """Return the 400 failure with Telegram's prefix before `reason`."""
    return Failure(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> Failure:
    """Return the 403 failure with Telegram's prefix before `reason`."""
    return Failure(403, f"Forbidden: {reason}")


def conflict(reason: str) -> Failure:
    """Return the 409 failure with Telegram's prefix before `reason`."""
    return Failure(409, f"Conflict: {reason}")


def too_many_requests(retry_after: int) -> Failure:
    """Return the 429 failure that asks the bot to wait `retry_after` seconds (at least 1)."""
    return Failure(
        429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}
    )
