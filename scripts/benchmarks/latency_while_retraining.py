"""Measure how much slower the bot answers photos while it retrains.

A bot runs in the sandbox, in a temporary folder. It gets the photos, has every verdict corrected to
sad, and retrains. Photos are sent one at a time before, during and after the retraining; only times
within one run are compared.
"""

import argparse
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np

from bot.sandbox.cast import ADMIN_ID
from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import UNLIMITED
from bot.sandbox.state.sandbox_state import SandboxOptions

IDLE_PHOTOS = 150  # before the retraining, and again after it
MIN_BUSY_PHOTOS = 50  # during the retraining; fewer do not allow a comparison
MAX_RATIO = 3.0  # of the 95th percentiles
TIMEOUT_S = 120.0  # for one answer
SAD = "Sad"

Json = dict[str, Any]


class ChatClient:
    """The admin's chat in the sandbox.

    Args:
        url: address of the sandbox.
    """

    def __init__(self, url: str) -> None:
        plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # needs no certificates
        self._http = httpx.Client(base_url=url, timeout=90, trust_env=False, verify=plain)
        self._seen = 0
        self.received: list[Json] = []  # all messages of the bot, new and edited

    def close(self) -> None:
        self._http.close()

    def send_photo(self, content: bytes) -> Json:
        form = {"user_id": str(ADMIN_ID), "kind": "photo", "caption": ""}
        files = {"files": ("photo.jpg", content)}
        path = f"/sandbox/chats/{ADMIN_ID}/media"
        sent = self._http.post(path, data=form, files=files).raise_for_status().json()
        number = sent["messages"][0]["message_id"]
        return self.wait_for(
            lambda message: message.get("reply_to_message", {}).get("message_id") == number
        )

    def send_text(self, text: str) -> Json:
        """Send a text, and return the next message of the bot."""
        body = {"user_id": ADMIN_ID, "text": text}
        self._http.post(f"/sandbox/chats/{ADMIN_ID}/text", json=body).raise_for_status()
        return self.wait_for(lambda _: True)

    def press(self, message: Json, data: str) -> None:
        """Press a button, and wait until the message is edited."""
        number = message["message_id"]
        body = {"user_id": ADMIN_ID, "message_id": number, "data": data}
        self._http.post(f"/sandbox/chats/{ADMIN_ID}/press", json=body).raise_for_status()
        self.wait_for(lambda edited: edited["message_id"] == number)

    def wait_for(self, wanted: Callable[[Json], bool]) -> Json:
        """Wait for a message of the bot.

        Raises:
            TimeoutError: no such message comes.
        """
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            query = {"after": self._seen, "timeout": 5}
            polled = self._http.get("/sandbox/events/poll", params=query).raise_for_status().json()
            for event in polled["events"]:
                self._seen = event["seq"]
                message = event.get("message", {})
                if message.get("from", {}).get("is_bot"):
                    self.received.append(message)
                    if wanted(message):
                        return dict(message)
        raise TimeoutError("the bot does not answer")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurements.

    Args:
        arguments: command line arguments; by default those of the process.

    Returns:
        The exit status: 0, or 1 if it is slower than allowed, a photo got no verdict, or too few
        photos were sent during the retraining.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.latency_while_retraining", description=__doc__
    )
    parser.add_argument("photo", nargs="+", type=Path, help="a photo with one face in it")
    photos = [file.read_bytes() for file in parser.parse_args(arguments).photo]
    with TemporaryDirectory(prefix="benchmark-retraining-") as folder, _chat(Path(folder)) as chat:
        return _measure(chat, photos)


def _measure(chat: ChatClient, photos: Sequence[bytes]) -> int:
    for photo in photos:
        answer = chat.send_photo(photo)
        says_sad = [one["callback_data"] for one in _buttons(answer) if SAD in one["text"]]
        for data in says_sad[:1]:
            chat.press(answer, data)
    idle = _times(chat, islice(cycle(photos), IDLE_PHOTOS))
    question = chat.send_text("/retrain")
    (start, _) = [one["callback_data"] for one in _buttons(question)]
    chat.press(question, start)
    busy = _times(chat, _while_it_retrains(chat, photos))
    idle += _times(chat, islice(cycle(photos), IDLE_PHOTOS))
    return _report(idle, busy)


def _while_it_retrains(chat: ChatClient, photos: Sequence[bytes]) -> Iterator[bytes]:
    begun = len(chat.received)
    for photo in cycle(photos):
        # Progress is shown by editing; the result comes in a message that replies to none.
        if any(_is_result(message) for message in chat.received[begun:]):
            return
        yield photo


def _is_result(message: Json) -> bool:
    stop = any(one["callback_data"].startswith("retrain:") for one in _buttons(message))
    return not stop and "reply_to_message" not in message


def _times(chat: ChatClient, photos: Iterator[bytes]) -> list[float]:
    """Return the seconds until each photo was answered; infinity if it got no verdict."""
    times = []
    for photo in photos:
        start = time.perf_counter()
        answer = chat.send_photo(photo)
        took = time.perf_counter() - start
        times.append(took if _buttons(answer) else float("inf"))
    return times


def _report(idle: Sequence[float], busy: Sequence[float]) -> int:
    failed = int(np.isinf(idle).sum() + np.isinf(busy).sum())
    if len(busy) < MIN_BUSY_PHOTOS:
        print(f"Only {len(busy)} photos were sent while it retrained: too few to compare.")
        return 1
    slow = {}
    for name, times in (("idle", idle), ("retraining", busy)):
        middle, slow[name] = 1000 * np.percentile(times, [50, 95], method="nearest")
        print(
            f"{name:<10} {len(times):5} photos, median {middle:5.0f} ms, p95 {slow[name]:5.0f} ms"
        )
    ratio = float(slow["retraining"] / slow["idle"])
    print(f"p95 while retraining: {ratio:.2f} times the idle one, {MAX_RATIO:g} at most")
    print(f"photos without a verdict: {failed}")
    return 0 if ratio <= MAX_RATIO and not failed else 1


def _buttons(message: Json) -> list[Json]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


@contextmanager
def _chat(folder: Path) -> Iterator[ChatClient]:
    """Run a bot in a sandbox, and yield its admin's chat."""
    with SandboxServer(SandboxOptions(limits=UNLIMITED)) as server:
        # Tied to its standard input, the bot ends with this program, however it ends.
        bot = subprocess.Popen(
            [sys.executable, "-m", "scripts.sandbox_bot"],
            env=_environment(server, folder),
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            server.bot_ready().result(TIMEOUT_S)
            chat = ChatClient(server.url)
            yield chat
            chat.close()
        finally:
            bot.communicate()  # closes its standard input


def _environment(server: SandboxServer, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": server.token,
        "TELEGRAM_API_URL": server.url,
        "BOT_ADMINS": str(ADMIN_ID),
        "BOT_DATA_DIR": str(folder),
        "BOT_DATABASE_URL": "",
        "BOT_RETRAIN_AFTER": "",
        "BOT_RETRAIN_AT": "",
        "NO_PROXY": "127.0.0.1",
    }


if __name__ == "__main__":
    sys.exit(main())
