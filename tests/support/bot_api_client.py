"""Calls the Bot API with nothing but HTTP, to see exactly what comes over the wire."""

from collections.abc import Mapping
from typing import Any, Self

import httpx

from bot.sandbox.server import SandboxServer
from tests.support.sandbox_client import NO_TLS

File = tuple[str, bytes, str]
"""Name, content and media type of an upload."""


class Wire:
    """A bot's side of the Bot API.

    Args:
        server: the sandbox.
        token: the token to use; the right one when not given.
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
        """Call a method with a JSON body and return the answer as it is."""
        return self.http.post(f"{self.base}/{method}", json=params)

    def call(self, method: str, **params: object) -> Any:
        """Call a method and return its result; it must succeed."""
        return self._result(self.post(method, **params))

    def upload(self, method: str, files: Mapping[str, File], **params: str) -> Any:
        """Call a method with uploads and return its result; it must succeed."""
        return self._result(self.send(method, files, **params))

    def send(self, method: str, files: Mapping[str, File], **params: str) -> httpx.Response:
        """Call a method with uploads and return the answer as it is."""
        return self.http.post(f"{self.base}/{method}", data=params, files=dict(files))

    def refusal(self, method: str, **params: object) -> tuple[int, str]:
        """Call a method that must fail; return code and description."""
        return refusal(self.post(method, **params))

    @staticmethod
    def _result(answer: httpx.Response) -> Any:
        body = answer.json()
        assert answer.status_code == 200, body
        assert body["ok"] is True
        return body["result"]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return code and description of a failed call, after checking the shape of the answer."""
    body = answer.json()
    assert body["ok"] is False
    assert body["error_code"] == answer.status_code
    return body["error_code"], body["description"]
