from typing import Any

import httpx
import pytest

from bot.sandbox.server import SandboxServer
from tests.support.sandbox_http import NO_TLS


@pytest.fixture
def http(sandbox: SandboxServer) -> Any:
    """An HTTP client for the control side."""
    with httpx.Client(base_url=sandbox.url, trust_env=False, verify=NO_TLS, timeout=30) as client:
        yield client
