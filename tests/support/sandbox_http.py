"""Requests to the control side of a sandbox."""

import ssl
from types import TracebackType
from typing import Any, Self

import httpx

Json = dict[str, Any]
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Plain HTTP needs no certificates; loading them takes a tenth of a second per client."""


class SandboxHttp:
    """Connections to the control side, which are closed at the end of a `with` block.

    Args:
        url: the sandbox's address, e.g. "http://127.0.0.1:8081".
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=90, trust_env=False, verify=NO_TLS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _get(self, path: str, query: Json | None = None) -> Json:
        return dict(self._successful(self._http.get(path, params=query)).json())

    def _post(self, path: str, body: Json) -> Json:
        return dict(self._successful(self._http.post(path, json=body)).json())

    def _delete(self, path: str) -> None:
        self._successful(self._http.delete(path))

    @staticmethod
    def _successful(response: httpx.Response) -> httpx.Response:
        url = response.request.url
        assert response.is_success, f"{url}: {response.status_code} {response.text}"
        return response
