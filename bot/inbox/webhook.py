"""Receives updates over HTTP, for webhook mode (https://core.telegram.org/bots/api#setwebhook).

Telegram treats every answer but 2xx alike: it delivers the update again, after the seconds in
`Retry-After` or else after ever longer pauses, for a day, and withholds later updates of the same
chat meanwhile. (Its code: `on_update_error` and `handle` in
https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/WebhookActor.cpp.) Therefore:

- 200 only means that the update is stored, or handled.
- 503 means: later, please.
- Other answers are for requests that Telegram does not make. An update that comes with the secret
  and has an id is never refused, however odd it is; the inbox sets it aside.
- 410 is never sent: after a day of it, Telegram removes the webhook.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.http_server import serving
from bot.inbox.received import id_of
from bot.log_limit import LogLimit
from bot.shutdown import run_until
from bot.webhook_address import WebhookAddress

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
# An update is a few kilobytes: 4096 characters of text, and the message that it replies to.
MAX_BODY_BYTES = 1024 * 1024
READ_TIMEOUT_S = 10.0
RETRY_AFTER_S = 3
# Longer than reverse proxies keep an idle connection (nginx 60 s, Caddy 120 s), so that they never
# send into one that is being closed.
KEEP_ALIVE_S = 130

logger = logging.getLogger(__name__)


class Receiver(Protocol):
    """What the updates are handed to; see `bot.inbox.inbox.Inbox`."""

    @property
    def room(self) -> int:
        """How many further updates may come in now."""

    def note_backlog(self, seconds: float) -> None:
        """Note that updates are left at Telegram, and will not come for some seconds."""

    async def accept(self, contents: Sequence[object]) -> None:
        """Take updates in. When this returns, they may be confirmed to Telegram."""


class _RefusedError(Exception):
    """A request that did not come from Telegram, or not whole.

    Args:
        status: the HTTP status of the answer.
        reason: for the log; says nothing of what the request contains.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class WebhookApp:
    """The ASGI application that Telegram's requests go to.

    Nothing is believed that a reverse proxy adds, such as `X-Forwarded-For`: the secret alone
    decides.

    Before `deliver_to`, and again after `stop_delivering`, Telegram is asked to come later.

    Args:
        address: where to listen, and the path and the secret of Telegram's requests.
    """

    def __init__(self, address: WebhookAddress) -> None:
        self.address = address
        self._receiver: Receiver | None = None
        self._log_limit = LogLimit()
        self._is_closed = asyncio.Event()
        self._busy_answers = 0

    def deliver_to(self, receiver: Receiver) -> None:
        """Hand the updates that come in from now on over to a receiver."""
        self._receiver = receiver

    def stop_delivering(self) -> None:
        """Take in no further updates, because the bot stops."""
        self._receiver = None

    def close(self) -> None:
        """Answer the requests whose updates are not stored yet: Telegram may come again."""
        self._is_closed.set()

    def take_busy_answers(self) -> int:
        """Return how often Telegram was asked to come again since the last call."""
        count, self._busy_answers = self._busy_answers, 0
        return count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; see https://asgi.readthedocs.io/en/latest/specs/www.html."""
        response = Response(status_code=404)
        if scope["path"] == self.address.path:
            response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return Response(status_code=405, headers={"Allow": "POST"})
        try:
            self._check_headers(request)
            update = _update(await _body(request))
            receiver = self._receiver
            if receiver is None:
                return self._busy()
            if not receiver.room:
                receiver.note_backlog(RETRY_AFTER_S + 1)
                return self._busy()
            accepted = await run_until(self._is_closed, receiver.accept([update]))
        except _RefusedError as refused:
            text = "Webhook: refused a request: %s"
            self._log_limit.log(logger, logging.WARNING, str(refused), text, refused)
            return Response(status_code=refused.status)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        return Response() if accepted else self._busy()

    def _check_headers(self, request: Request) -> None:
        # Header values are latin-1, as Starlette decodes them.
        given = request.headers.get(SECRET_HEADER, "").encode("latin-1")
        if not hmac.compare_digest(given, self.address.secret.encode()):
            raise _RefusedError(403, "the secret is missing or wrong")
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise _RefusedError(415, "it is not JSON")

    def _busy(self) -> Response:
        self._busy_answers += 1
        return Response(status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)})


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise _RefusedError(413, f"it is larger than {MAX_BODY_BYTES} bytes")
    except TimeoutError:
        raise _RefusedError(408, f"it took longer than {READ_TIMEOUT_S:g} s") from None
    return bytes(body)


def _update(body: bytes) -> dict[str, Any]:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise _RefusedError(400, "its JSON cannot be read") from None
    if id_of(update) is None:
        raise _RefusedError(400, "it is not an update")
    return dict(update)


@asynccontextmanager
async def listening(app: WebhookApp) -> AsyncIterator[None]:
    """Accept connections while the block runs.

    At the end, every request is answered.

    Args:
        app: answers the requests to its address.

    Raises:
        ListenError: the port is taken, or the address is not one of this machine's.
    """
    async with serving(app, app.address.listen, "BOT_WEBHOOK_LISTEN", KEEP_ALIVE_S):
        logger.info("Listening for Telegram's requests on %s", app.address.listen)
        try:
            yield
        finally:
            app.close()
