"""Requests to the control side of a sandbox."""

from typing import Self

import httpx

from scripts.reliability.sandbox_crowd import NO_TLS as NO_TLS
from scripts.reliability.sandbox_crowd import Json as Json


class SandboxHttp:
    """Connections to the control side, which are closed at the end of a `with` block.

    Args:
        url: the sandbox's address, e.g. "http://127.0.0.1:8081".
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=90, trust_env=False, verify=NO_TLS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
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
