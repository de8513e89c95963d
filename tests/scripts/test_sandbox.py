"""The sandbox's command line, run as a process."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from bot.sandbox.server import SandboxServer
from tests.support.sandbox_client import ALEX, SandboxClient

ROOT = Path(__file__).parents[2]
TOKEN = "123456:a-token-of-my-own"

# A minimal bot: it polls and answers every message with the admins it was given.
BOT = """
import os, signal, sys, httpx
base = os.environ["TELEGRAM_API_URL"] + "/bot" + os.environ["TELEGRAM_BOT_TOKEN"]
def leave(*_):
    print("bot: leaving", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
offset = 0
while True:
    answer = httpx.post(base + "/getUpdates", json={"offset": offset, "timeout": 20}, timeout=30)
    for update in answer.json()["result"]:
        offset = update["update_id"] + 1
        chat = update["message"]["chat"]["id"]
        if update["message"]["text"] == "/die":
            sys.exit(7)
        text = "admins: " + os.environ["BOT_ADMINS"]
        httpx.post(base + "/sendMessage", json={"chat_id": chat, "text": text})
"""
START = """
import sys
from scripts import sandbox
sandbox.BOT_COMMAND = (sys.executable, "-c", sys.argv.pop(1))
sys.exit(sandbox.main(sys.argv[1:]))
"""

Start = Callable[..., "subprocess.Popen[str]"]

pytestmark = pytest.mark.process


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts `python -m scripts.sandbox`, optionally with a test's bot."""
    running = []

    def run(*arguments: str, bot: str | None = None) -> "subprocess.Popen[str]":
        program = ["-m", "scripts.sandbox"] if bot is None else ["-c", START, bot]
        process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=ROOT,
            env={**os.environ, "HTTP_PROXY": "http://127.0.0.1:9", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def _address(stream: IO[str] | None) -> str:
    """Read until there is an address and return it."""
    assert stream
    for line in stream:
        if found := re.search(r"http://\S+:\d+", line):
            return found.group()
    raise AssertionError("the output ended without an address")


def _ended(process: "subprocess.Popen[str]", how: signal.Signals) -> tuple[int, str, str]:
    process.send_signal(how)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_server_alone_prints_how_to_use_it_and_stops(start: Start, how: signal.Signals) -> None:
    process = start("--port", "0", "--token", TOKEN)
    url = _address(process.stdout)
    assert process.stdout
    advice = process.stdout.readline()
    assert f"TELEGRAM_API_URL={url} " in advice
    interpreter = advice.removesuffix(" -m bot\n").rpartition(" ")[2]
    assert (ROOT / interpreter).samefile(sys.executable)
    with SandboxClient(url) as people:
        people.send_text("hello")
    assert _ended(process, how) == (0, "", "")
    assert TOKEN not in advice


def test_a_taken_port_is_a_clear_error(start: Start) -> None:
    with SandboxServer() as other:
        process = start("--port", str(other.port))
        _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{other.port}: " in err
    assert "--port" in err
    assert "Traceback" not in err


def test_without_a_port_the_next_free_one_is_taken(start: Start) -> None:
    first, second = start(), start()
    urls = {_address(first.stdout), _address(second.stdout)}
    assert len(urls) == 2
    for process in (first, second):
        assert _ended(process, signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("arguments", [["--port", "65536"], ["--port", "x"], ["--help-me"]])
def test_wrong_arguments_are_an_error(start: Start, arguments: list[str]) -> None:
    process = start(*arguments)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "usage: photo-mood sandbox" in err


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "python_multipart"])
def test_a_missing_package_is_named_with_the_cure(package: str) -> None:
    program = f"import sys; sys.modules[{package!r}] = None; import scripts.sandbox"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("The sandbox needs more packages than the bot (")
    assert package in ended.stderr
    assert ended.stderr.endswith(" -m pip install 'photo-mood-bot[sandbox]'\n")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_is_ready_with_its_bot_and_stops_with_it(
    start: Start, how: signal.Signals
) -> None:
    process = start("--with-bot", "--port", "0", bot=BOT)
    url = _address(process.stdout)
    with SandboxClient(url) as people:
        people.send_text("hello", user=ALEX)
        assert people.wait_for_text("admins: 1000")
    status, out, _ = _ended(process, how)
    assert status == 0
    assert "bot: leaving" in out


def test_a_bot_that_dies_ends_the_demo(start: Start) -> None:
    process = start("--with-bot", "--port", "0", bot=BOT)
    with SandboxClient(_address(process.stdout)) as people:
        people.send_text("/die")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "The bot stopped by itself with status 7" in err


def test_a_bot_that_never_gets_ready_ends_the_demo(start: Start) -> None:
    process = start("--with-bot", "--port", "0", bot="raise SystemExit('no settings')")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert out == ""
    assert "no settings" in err
    assert "The bot stopped by itself with status 1" in err


def test_the_demo_can_be_stopped_before_the_bot_is_ready(start: Start) -> None:
    silent = "print('bot: here', flush=True)\nwhile True: input()"
    process = start("--with-bot", "--port", "0", bot=silent)
    assert process.stdout
    assert process.stdout.readline() == "bot: here\n"
    assert _ended(process, signal.SIGTERM)[0] == 0


def test_the_bot_gets_the_chosen_token(start: Start) -> None:
    process = start("--with-bot", "--port", "0", "--token", TOKEN, bot=BOT)
    url = _address(process.stdout)
    with SandboxClient(url) as people:
        people.send_text("hello")
        assert people.wait_for_text("admins")
        assert {call["ok"] for call in people.requests("getUpdates")} == {True}
    status, out, err = _ended(process, signal.SIGTERM)
    assert status == 0
    assert TOKEN not in out + err
