"""The chat page's files."""

from collections.abc import Iterator

import httpx
import pytest

from bot.sandbox.server import SandboxServer
from tests.support.sandbox_http import NO_TLS


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    """One sandbox for the whole module: no test depends on what others have sent."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def http(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    """An HTTP client for the page."""
    with httpx.Client(base_url=sandbox.url, trust_env=False, verify=NO_TLS) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/static/main.css", "text/css; charset=utf-8"),
        ("/static/main.js", "text/javascript; charset=utf-8"),
    ],
)
def test_the_page_is_served_with_correct_media_types(
    http: httpx.Client, path: str, kind: str
) -> None:
    answer = http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name",
    ["nothing.js", "nothing-else.js", "static.py", "..%2Fapp.py", "index.html%00", "cast.py"],
)
def test_no_other_files_are_served(http: httpx.Client, name: str) -> None:
    answer = http.get(f"/static/{name}")
    assert answer.status_code == 404
    assert "import" not in answer.text
