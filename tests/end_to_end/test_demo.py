"""`make demo`: the sandbox with the real bot, used in a browser."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.bot_process import REPOSITORY
from tests.support.portraits import ASTRONAUT, GROUP_SIZE, group_photo

ANNA = "#1001/1001"
FROM_BOT = '[data-from="bot"]'
TIMEOUT_MS = 30_000
UNUSABLE_PROXY = {"ALL_PROXY": "socks4://127.0.0.1:9", "NO_PROXY": "example.org"}


def start(folder: Path) -> "subprocess.Popen[str]":
    """Start the demo in an empty folder, so that it finds no `.env` and no earlier data."""
    return subprocess.Popen(
        [sys.executable, "-m", "scripts.sandbox", "--with-bot", "--port", "0"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **UNUSABLE_PROXY},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address that the demo prints."""
    with start(tmp_path_factory.mktemp("what? #1, 100%20")) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.search(r"http://\S+", said)
        assert address, f"the demo printed {said!r}"
        assert process.stdout.readline() == "You are Alex, the admin: try /stats and /retrain.\n"
        yield address.group()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15) == 0


def test_the_bot_ends_when_the_demo_is_killed(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        assert process.stdout is not None
        assert "The bot is ready" in process.stdout.readline()
        (bot,) = psutil.Process(process.pid).children()
        process.kill()
        bot.wait(timeout=30)


def send(page: Page, photo: Path) -> None:
    page.get_by_test_id("file-input").set_input_files(photo)
    page.get_by_test_id("send").click()


@pytest.mark.browser
def test_photos_sent_on_the_page_are_answered(
    demo: str, browser_page: Callable[..., Page], artifacts: Path, tmp_path: Path
) -> None:
    page = browser_page(demo + "/" + ANNA)
    send(page, ASTRONAUT)
    answers = page.locator(FROM_BOT)
    expect(answers).to_have_count(1, timeout=TIMEOUT_MS)
    expect(answers.first).to_contain_text(re.compile(r"😊 Happy, \d\d\s%"))

    people = tmp_path / "people.jpg"
    group_photo().save(people, quality=92)
    send(page, people)
    expect(answers).to_have_count(2, timeout=TIMEOUT_MS)
    expect(answers.last).to_contain_text(f"{GROUP_SIZE} faces")
    picture = answers.last.locator("img").last
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")  # its place is visible before it has loaded
    page.screenshot(path=artifacts / "demo-group.png")

    # The boxes are there: the picture that came back has the colour of "happy" in it, which the
    # one that was sent has not.
    assert count_green_pixels(artifacts / "demo-group.png") > 500


def count_green_pixels(screenshot: Path) -> int:
    """Return the number of pixels with the green of a happy face's box."""
    with Image.open(screenshot) as opened:
        pixels = opened.convert("RGB").get_flattened_data()
    return sum(abs(r) < 30 and abs(g - 158) < 25 and abs(b - 115) < 25 for r, g, b in pixels)


@pytest.mark.browser
def test_a_photo_sent_from_a_phone_in_dark_mode_is_answered(
    demo: str, browser_page: Callable[..., Page], artifacts: Path, tmp_path: Path
) -> None:
    page = browser_page(demo + "/#1002/1002", phone=True, dark=True)
    nobody = tmp_path / "nobody.png"
    Image.new("RGB", (400, 300), (90, 140, 200)).save(nobody)
    send(page, nobody)
    answers = page.locator(FROM_BOT)
    expect(answers).to_have_count(1, timeout=TIMEOUT_MS)
    expect(answers.first).to_contain_text("I see no face here")
    page.screenshot(path=artifacts / "demo-phone.png")
