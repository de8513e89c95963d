"""The bot behind a proxy."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.bot_process import REPOSITORY, BotSandbox
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import SandboxClient, text_of
from tests.support.socks_server import SocksServer

pytestmark = pytest.mark.process


def test_everything_goes_through_the_proxy(sandbox: BotSandbox, people: SandboxClient) -> None:
    with SocksServer("anna", "hunter2", sandbox.server.port) as proxy:
        # Only the proxy knows where this host is.
        bot = sandbox.start_bot(
            TELEGRAM_API_URL="http://bot-api.invalid:8081",
            ALL_PROXY=f"socks://anna:hunter2@{proxy.address}",
            NO_PROXY="::1,fe80::/10,[::1]",
        )
        people.send_photo(jpeg_bytes())
        assert "I see no face here" in text_of(people.wait_for_message())
        assert bot.stop() == 0
    assert proxy.requested == {("bot-api.invalid", 8081)}
    assert f"through the proxy socks5://{proxy.address}" in bot.log
    assert "hunter2" not in bot.log


def test_a_proxy_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot"],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(REPOSITORY),
            "TELEGRAM_BOT_TOKEN": "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
            "HTTPS_PROXY": "socks4://anna:hunter2@127.0.0.1:1080",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "    HTTPS_PROXY: SOCKS4 is not supported; expected a proxy with SOCKS5\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
