"""HTTP requests to the Bot API that are made again when the network or Telegram hiccups."""

import asyncio
import logging
from typing import Any

import httpx
from telegram.error import NetworkError
from telegram.request import HTTPXRequest

PAUSES_S = (0.5, 1.0, 2.0)  # before the second, third and fourth try

logger = logging.getLogger(__name__)


class PatientRequest(HTTPXRequest):
    """Tries again after a lost connection, a time-out, or a server error (5xx).

    A message whose confirmation was lost may so be sent twice. That is the better mistake: the
    other one is a photo without an answer. Flood limits (429) are left to
    `bot.transport.rate_limiter`.

    Args:
        wire: what carries the requests; by default the network.
    """

    def __init__(self, wire: httpx.AsyncBaseTransport | None = None) -> None:
        # Uploading a picture over a slow line takes a while, and so does Telegram's answer.
        super().__init__(
            read_timeout=10,
            write_timeout=10,
            connect_timeout=5,
            pool_timeout=30,
            httpx_kwargs={"transport": wire} if wire else None,
        )

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Make one request; see `telegram.request.BaseRequest.do_request`."""
        for pause_s in PAUSES_S:
            try:
                status, payload = await super().do_request(*args, **kwargs)
            except NetworkError as error:
                trouble = str(error)
            else:
                if status < 500:
                    return status, payload
                trouble = f"status {status}"
            logger.warning("Telegram hiccups (%s), trying again in %.1f s", trouble, pause_s)
            await asyncio.sleep(pause_s)
        return await super().do_request(*args, **kwargs)
