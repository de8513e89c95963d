"""`photo-mood check --alive`, as the health check of a container calls it."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.metrics import Metrics
from bot.operations.health import Health
from bot.operations.http import operations_http
from scripts.photo_mood import main


class HangingHealth(Health):
    """Knows of a poller that hangs."""

    def lives(self) -> bool:
        return False


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOT_HTTP_LISTEN", raising=False)
    return monkeypatch


def ask(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(["check", "--alive"])
    return status, capsys.readouterr().out


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "[::]"])  # noqa: S104 - as in a container
async def test_a_bot_lives_or_hangs(
    host: str, port: int, env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listen = f"{host}:{port}"
    env.setenv("BOT_HTTP_LISTEN", listen)
    env.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    metrics = Metrics()
    async with operations_http(listen, Health(True, metrics), metrics):
        alive = await asyncio.to_thread(ask, capsys)
    assert alive == (0, f"The bot on {listen} lives.\n")
    async with operations_http(listen, HangingHealth(True, metrics), metrics):
        hanging = await asyncio.to_thread(ask, capsys)
    assert hanging == (1, f"{listen} answers 503: the poller hangs\n")


@pytest.mark.parametrize("listen", ["127.0.0.1:9", "nonsense"])
def test_nothing_answers(
    listen: str, env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env.setenv("BOT_HTTP_LISTEN", listen)
    status, text = ask(capsys)
    assert status == 1
    assert text.startswith(f"Nothing answers on {listen}: ")


def test_the_address_may_be_in_the_env_file(
    tmp_path: Path, env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(capsys) == (
        2,
        "Set BOT_HTTP_LISTEN, like 127.0.0.1:8080, for the bot to say whether it lives.\n",
    )
    (tmp_path / ".env").write_text("bot_http_listen=127.0.0.1:9\n")
    env.setenv("BOT_HTTP_LISTEN", "")
    assert ask(capsys)[1].startswith("Nothing answers on 127.0.0.1:9")


@pytest.mark.process
def test_it_is_fast_enough_to_ask_again_and_again() -> None:
    code = (
        "import sys; from scripts.photo_mood import main; main(['check', '--alive']); "
        "print(*sorted({'numpy', 'pydantic', 'sqlalchemy', 'telegram'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == [""]
