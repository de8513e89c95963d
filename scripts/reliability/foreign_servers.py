"""Try the unmodified bot against Bot API servers written by others.

    telegram-test-api (npm, MIT): polling, texts and taps; it has no photos
    telemelya (PyPI, MIT): webhook, texts, photos and taps

They are installed into a temporary folder. Needed are Node.js with npm for the first, and for the
second `redis-server` (Debian: apt install redis-server); it keeps files in S3, for which `moto`
(PyPI, Apache-2.0) stands in.
"""

import argparse
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bot.keyboards.retraining import CANCEL
from scripts.reliability.bot_process import BotProcess
from scripts.reliability.pictures import PORTRAIT
from scripts.reliability.report import verdict
from scripts.reliability.reverse_proxy import ReverseProxy
from scripts.reliability.sandbox_crowd import buttons

NPM_PACKAGE = "telegram-test-api@4.2.1"
PIP_PACKAGES = ("telemelya==0.2.2", "moto[server]==5.2.5")
TOKEN = "123456789:a-token-for-servers-without-secrets"  # noqa: S105
SECRET = "a-secret-that-telegram-would-send"  # noqa: S105
USER = 4711
WAIT_S = 60.0

Json = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if something did not work.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.foreign_servers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("server", choices=("telegram-test-api", "telemelya"))
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    trying = {"telegram-test-api": try_telegram_test_api, "telemelya": try_telemelya}
    with TemporaryDirectory(prefix="foreign-") as folder, ExitStack() as stack:
        return 0 if trying[options.server](Path(folder), stack) else 1


def try_telegram_test_api(folder: Path, stack: ExitStack) -> bool:
    """Send texts and a tap, and look at what the server was told."""
    _do(["npm", "install", "--silent", "--prefix", str(folder), NPM_PACKAGE], folder)
    port = _free_port()
    start = f"new (require('telegram-test-api'))({{port: {port}, host: '127.0.0.1'}}).start()"
    stack.enter_context(_running(["node", "-e", start], folder))
    http = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False))
    _wait(lambda: http.post("/getUpdatesHistory", json={"token": TOKEN}).is_success)
    address = str(http.base_url).rstrip("/")
    bot = stack.enter_context(_bot(folder, TELEGRAM_API_URL=address, BOT_ADMINS=str(USER)))
    who = {"id": USER, "is_bot": False, "first_name": "Ann"}
    chat = {"id": USER, "type": "private", "first_name": "Ann"}
    common = {"botToken": TOKEN, "from": who, "date": int(time.time())}

    def said() -> list[Json]:
        history = http.post("/getUpdatesHistory", json={"token": TOKEN}).json()["result"]
        return [one for one in history if "chat_id" in one.get("message", {})]

    fine = [_ready(bot)]
    http.post("/sendMessage", json={**common, "chat": chat, "text": "hello"})
    fine.append(_check("a text is answered", lambda: said()[0]["message"]["text"]))
    if all(fine):
        # The bot has buttons only where there were photos, or an admin has something to decide.
        answer = said()[0]
        message = {"message_id": answer["messageId"], "chat": chat, "date": common["date"]}
        http.post("/sendCallback", json={**common, "message": message, "data": CANCEL})
        fine.append(_check("a tap changes the message", lambda: _other_text(said()[0], answer)))
    return all([*fine, _stops(bot)])


def try_telemelya(folder: Path, stack: ExitStack) -> bool:
    """Send a text, a photo and a tap, and look at what the server was told."""
    python = folder / "venv" / "bin" / "python"
    _do([sys.executable, "-m", "venv", str(folder / "venv")], folder)
    _do([str(python), "-m", "pip", "install", "--quiet", *PIP_PACKAGES], folder)
    redis, s3, port, listen = (_free_port() for _ in range(4))
    stack.enter_context(_running(["redis-server", "--port", str(redis), "--save", ""], folder))
    stack.enter_context(_running([str(python.with_name("moto_server")), "-p", str(s3)], folder))
    environment = {
        "MOCK_SERVER_HOST": "127.0.0.1",
        "MOCK_SERVER_PORT": str(port),
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        "MINIO_ENDPOINT": f"127.0.0.1:{s3}",
        "AUTH_KEYS": "key",
    }
    _wait_for_port(redis)
    _wait_for_port(s3)
    command = [str(python), "-m", "telemelya.server.app"]
    stack.enter_context(_running(command, folder, environment))
    _wait_for_port(port)
    # It does not send the secret, as Telegram does; a proxy adds it.
    proxy = stack.enter_context(
        ReverseProxy([f"http://127.0.0.1:{listen}"], {"X-Telegram-Bot-Api-Secret-Token": SECRET})
    )
    bot = stack.enter_context(
        _bot(
            folder,
            TELEGRAM_API_URL=f"http://127.0.0.1:{port}",
            BOT_WEBHOOK_URL=f"{proxy.url}/updates",
            BOT_WEBHOOK_SECRET=SECRET,
            BOT_WEBHOOK_LISTEN=f"127.0.0.1:{listen}",
        )
    )
    http = stack.enter_context(
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}/api/v1/test",
            headers={"Authorization": "Bearer key"},
            params={"session_id": "default", "bot_token": TOKEN},
            trust_env=False,
            timeout=WAIT_S,
        )
    )

    def send(**update: object) -> None:
        http.post("/send_update", json={"chat_id": USER, **update}).raise_for_status()

    def told(method: str) -> Json:
        answers = http.get("/responses").json()["responses"]
        return next(dict(one) for one in reversed(answers) if one["method"] == method)

    fine = [_ready(bot)]
    send(text="hello")
    fine.append(_check("a text is answered", lambda: told("sendMessage")["text"]))
    http.post("/reset")
    portrait = {"file": ("portrait.jpg", PORTRAIT.read_bytes(), "image/jpeg")}
    uploaded = http.post("/upload_media", files=portrait).json()["file_id"]
    send(photo_file_id=uploaded)
    fine.append(_check("a photo is answered", lambda: told("sendMessage")["text"]))
    fine.append(_check("with buttons", lambda: _labels(told("sendMessage"))))
    if all(fine):
        answer = told("sendMessage")
        data = buttons(answer)[0]["callback_data"]
        send(callback_data=data, callback_message_id=answer["message_id"])
        fine.append(_check("a tap is acknowledged", lambda: told("answerCallbackQuery")["text"]))
    return all([*fine, _stops(bot)])


# --- processes ---


@contextmanager
def _bot(folder: Path, **settings: str) -> Iterator[BotProcess]:
    bot = BotProcess(folder, TELEGRAM_BOT_TOKEN=TOKEN, **settings)
    try:
        yield bot
    finally:
        bot.close()


def _ready(bot: BotProcess) -> bool:
    try:
        bot.wait_for_log("Ready:", WAIT_S)
    except AssertionError:
        return verdict("the bot starts", False, "\n" + bot.log)
    return verdict("the bot starts", True, "ready")


def _stops(bot: BotProcess) -> bool:
    status = bot.stop() if bot.runs else "ended by itself"
    fine = status == 0 and "Traceback" not in bot.log
    return verdict("the bot stops", fine, f"status {status}" if fine else "\n" + bot.log)


@contextmanager
def _running(
    command: Sequence[str], folder: Path, environment: dict[str, str] | None = None
) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _do(command: Sequence[str], folder: Path) -> None:
    print("  $", " ".join(command), flush=True)
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - our own commands


# --- looking ---


def _check(what: str, look: Callable[[], object]) -> bool:
    """Wait until `look` returns something; what is not there yet may raise LookupError."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            if seen := look():
                return verdict(what, True, repr(seen))
        except (LookupError, StopIteration):
            pass
        time.sleep(0.1)
    return verdict(what, False, f"not within {WAIT_S:g} s")


def _other_text(now: Json, before: Json) -> str:
    text = str(now["message"]["text"])
    return text if text != before["message"]["text"] else ""


def _labels(message: Json) -> list[str]:
    return [button["text"] for button in buttons(message)]


def _wait(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            if look():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError("a server does not start")


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
