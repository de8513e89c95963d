"""The chat page's own files, served from the package."""

import re
from importlib import resources
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

SERVED: Final = re.compile(r"[A-Za-z0-9_-]+\.(html|css|js)")
TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


def chat_page(request: Request) -> Response:
    """Answer with the chat page."""
    del request
    return _file("index.html")


def static(request: Request) -> Response:
    """Answer with one of the files the page is made of."""
    return _file(request.path_params["name"])


def _file(name: str) -> Response:
    found = SERVED.fullmatch(name)
    source = resources.files("bot.sandbox.page") / name
    if not found or not source.is_file():
        return PlainTextResponse(f"The sandbox has no page {name}.\n", 404)
    # Always asked for again: whoever works on the page sees the change at the next reload.
    headers = {"cache-control": "no-cache"}
    return Response(source.read_bytes(), media_type=TYPES[found[1]], headers=headers)
