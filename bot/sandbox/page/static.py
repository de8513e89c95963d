"""Serves the files of the chat page from the package."""

import re
from importlib import resources

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FILE_NAME = re.compile(r"[A-Za-z0-9_-]+\.(html|css|js)")
MEDIA_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


def chat_page(request: Request) -> Response:
    del request
    return _file("index.html")


def static_file(request: Request) -> Response:
    return _file(request.path_params["name"])


def _file(name: str) -> Response:
    found = FILE_NAME.fullmatch(name)
    source = resources.files("bot.sandbox.page") / name
    if not found or not source.is_file():
        return PlainTextResponse(f"The sandbox has no page {name}.\n", 404)
    # A change to the page shows at the next reload.
    headers = {"cache-control": "no-cache"}
    return Response(source.read_bytes(), media_type=MEDIA_TYPES[found[1]], headers=headers)
