"""Lets the image `serve` answer photos, with the sandbox as Telegram."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pillow_heif
import psutil
from PIL import Image

from bot.operations.checks.reference_face import reference_face
from bot.sandbox.cast import ADMIN_ID
from bot.sandbox.server import SandboxServer
from model.network.verdict import Verdict
from model.prediction.predictor import Predictor
from scripts.deploy.container import Container

START_S = 120.0
ANSWER_S = 60.0
STOP_S = 30.0  # the bot's own limit is 9.5 s, but the machine may be busy
PAUSE_S = 0.5
# Of the answer to a photo with one face, by what the model says of it.
WORDS = {
    Verdict.HAPPY: "Happy",
    Verdict.SAD: "Sad",
    Verdict.NEUTRAL: "looks neutral",
    Verdict.UNSURE: "Hard to say",
}

Json = dict[str, Any]


class TrialError(Exception):
    """The image does not do what it should; the message says what."""


def try_to_serve(container: Container, folder: Path) -> Iterator[str]:
    """Start the image, check its health, have photos answered, and stop it.

    Args:
        container: the image.
        folder: for the logs.

    Yields:
        What worked, line by line.

    Raises:
        TrialError: something did not work.
    """
    with SandboxServer() as telegram:
        settings = {
            "TELEGRAM_API_URL": telegram.url,
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "BOT_ADMINS": str(ADMIN_ID),
            # The port of the image may be taken: the network is this machine's.
            "BOT_HTTP_LISTEN": f"127.0.0.1:{_free_port()}",
        }
        log = folder / "serve.log"
        check = _HealthCheck(container, settings, folder / "health.log")
        _expect(not check.succeeds(), "the health check succeeds although nothing runs", log)
        with _running(container, log, settings) as bot:
            seconds = _wait_until_healthy(bot, check, log)
            yield f"healthy after {seconds:.1f} s; a health check takes {check.last_s:.2f} s"
            with httpx.Client(base_url=telegram.url, trust_env=False, timeout=ANSWER_S) as http:
                yield from _send_photos(http, log)
                yield f"resident after that: {_resident(bot.pid)}"
                yield _ask_for_statistics(http, log)
            yield f"resident after that: {_resident(bot.pid)}"
            _expect(check.succeeds(), "it is not healthy any more", log)
            bot.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                bot.wait(STOP_S)
            _expect(bot.returncode is not None, f"it did not stop within {STOP_S:.0f} s", log)
            _expect(bot.returncode == 0, f"it stopped with status {bot.returncode}", log)
        _expect(not check.succeeds(), "the health check succeeds after the stop", log)
        yield "on SIGTERM it stopped with status 0, and the health check fails"


class _HealthCheck:
    """The command of the image's HEALTHCHECK."""

    def __init__(self, container: Container, settings: dict[str, str], log: Path) -> None:
        health = container.config["Healthcheck"]
        self._command = health["Test"][1:]  # after the word CMD
        self._timeout_s = health["Timeout"] / 1e9
        self._container, self._settings, self._log = container, settings, log
        self.last_s = 0.0

    def succeeds(self) -> bool:
        started = time.monotonic()
        process = self._container.start(self._command, self._log, self._settings)
        try:
            return process.wait(self._timeout_s) == 0
        except subprocess.TimeoutExpired:  # which counts as a failure, as it does for Docker
            return False
        finally:
            self.last_s = time.monotonic() - started
            process.kill()
            process.wait()


@contextmanager
def _running(
    container: Container, log: Path, settings: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    bot = container.start(container.config["Cmd"], log, settings)
    try:
        yield bot
    finally:
        bot.kill()
        bot.wait()


def _wait_until_healthy(bot: subprocess.Popen[bytes], check: _HealthCheck, log: Path) -> float:
    started = time.monotonic()
    while not check.succeeds():
        _expect(bot.poll() is None, f"it ended with status {bot.returncode}", log)
        _expect(time.monotonic() - started < START_S, "it does not get healthy", log)
        time.sleep(PAUSE_S)
    return time.monotonic() - started


def _send_photos(http: httpx.Client, log: Path) -> Iterator[str]:
    photo, heif = reference_face(), BytesIO()
    pillow_heif.from_pillow(Image.open(BytesIO(photo))).save(heif, quality=90)
    predictor = Predictor()
    files = (("photo", "face.png", photo), ("document", "face.heic", heif.getvalue()))
    for kind, name, content in files:
        after = _last_event(http)
        media = {"user_id": str(ADMIN_ID), "kind": kind}
        file = {"files": (name, content)}
        http.post(f"/sandbox/chats/{ADMIN_ID}/media", data=media, files=file).raise_for_status()
        answer = _answer(http, after, log)
        expected = WORDS[predictor.predict(content).verdict]
        _expect(expected in answer, f"to {name}, it answers {answer!r}, not {expected!r}", log)
        yield f"answer to {name}: {answer.splitlines()[0]}"


def _ask_for_statistics(http: httpx.Client, log: Path) -> str:
    # The plot needs matplotlib, which needs a folder that it can write.
    after = _last_event(http)
    text = {"user_id": ADMIN_ID, "text": "/stats"}
    http.post(f"/sandbox/chats/{ADMIN_ID}/text", json=text).raise_for_status()
    return f"answer to /stats: {_answer(http, after, log).splitlines()[0]}"


def _last_event(http: httpx.Client) -> int:
    return int(http.get("/sandbox/state").raise_for_status().json()["last_event"])


def _answer(http: httpx.Client, after: int, log: Path) -> str:
    """Wait for a message of the bot; return its text or caption."""
    give_up_at = time.monotonic() + ANSWER_S
    while time.monotonic() < give_up_at:
        query = {"after": after, "timeout": 5}
        polled = http.get("/sandbox/events/poll", params=query).raise_for_status().json()
        after = polled["last_event"]
        for event in polled["events"]:
            if event["type"] == "message" and event["message"]["from"]["is_bot"]:
                message: Json = event["message"]
                return str(message.get("text") or message.get("caption"))
    raise TrialError(f"no answer in {ANSWER_S:.0f} s:\n{log.read_text()}")


def _resident(pid: int) -> str:
    bot = psutil.Process(pid)
    sizes = [one.memory_info().rss for one in (bot, *bot.children(recursive=True))]
    return " + ".join(f"{size / 1e6:.0f} MB" for size in sizes)


def _expect(holds: bool, otherwise: str, log: Path) -> None:
    if not holds:
        raise TrialError(f"{otherwise}:\n{log.read_text() if log.exists() else ''}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
