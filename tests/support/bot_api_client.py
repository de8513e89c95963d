"""A Bot API client that shows exactly what comes over HTTP."""

from collections.abc import Mapping
from typing import Any, Self

import httpx

from bot.sandbox.server import SandboxServer
from tests.support.sandbox_http import NO_TLS

File = tuple[str, bytes, str]
"""Name, content and media type of an upload."""


class BotApiClient:
    """Calls the Bot API of a sandbox as its bot.

    Args:
        server: the sandbox.
        token: the token to use; the right one if None.
    """

    def __init__(self, server: SandboxServer, token: str | None = None) -> None:
        self.base = f"{server.url}/bot{token or server.token}"
        self.files = f"{server.url}/file/bot{token or server.token}"
        self.http = httpx.Client(timeout=30, trust_env=False, verify=NO_TLS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, method: str, **params: object) -> httpx.Response:
        """Call a method with a JSON body and return the response."""
        return self.http.post(f"{self.base}/{method}", json=params)

    def call(self, method: str, **params: object) -> Any:
        """Call a method that must succeed and return its result."""
        return _result(self.post(method, **params))

    def confirm_updates(self) -> None:
        """Confirm all updates that wait, of which there must be one."""
        last = self.call("getUpdates", offset=-1)[0]
        self.call("getUpdates", offset=last["update_id"] + 1)

    def error(self, method: str, **params: object) -> tuple[int, str]:
        """Call a method that must fail and return the code and description of the error."""
        return api_error(self.post(method, **params))

    def post_files(self, method: str, files: Mapping[str, File], **params: str) -> httpx.Response:
        """Call a method with uploads and return the response."""
        return self.http.post(f"{self.base}/{method}", data=params, files=dict(files))

    def upload(self, method: str, files: Mapping[str, File], **params: str) -> Any:
        """Call a method with uploads that must succeed and return its result."""
        return _result(self.post_files(method, files, **params))


def api_error(response: httpx.Response) -> tuple[int, str]:
    """Return code and description of a failed call, after checking the format of the response."""
    body = response.json()
    assert body["ok"] is False
    assert body["error_code"] == response.status_code
    return body["error_code"], body["description"]


def _result(response: httpx.Response) -> Any:
    body = response.json()
    assert response.status_code == 200, body
    assert body["ok"] is True
    return body["result"]
