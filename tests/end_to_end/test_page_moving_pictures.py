"""The chat page in a real browser: GIFs, stickers and video messages."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from bot.sandbox.server import SandboxServer
from tests.support.browser import BrowserPages
from tests.support.clips import gif, mp4
from tests.support.pictures import encode, scene
from tests.support.scripted_bot import ScriptedBot

pytestmark = pytest.mark.browser

# Not `wait_for_function`: the page itself evaluates what that repeats, and its policy forbids it.
UNTIL_IT_PLAYS = """video => new Promise(plays => {
    const look = () => video.currentTime > 0 && plays();
    video.addEventListener("timeupdate", look);
    look();
})"""


def test_a_gif_goes_out_as_an_animation_that_plays(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    browser_page: BrowserPages,
    artifacts: Path,
) -> None:
    page = browser_page(chat_server.url)
    moving = gif([scene(faces=1), scene(faces=2)] * 10)
    gif_file: FilePayload = {"name": "dance.gif", "mimeType": "image/gif", "buffer": moving}
    page.get_by_test_id("file-input").set_input_files(gif_file)
    page.get_by_test_id("send").click()
    sent = scripted_bot.next()
    assert sent["animation"]["mime_type"] == "video/mp4"
    shown = page.get_by_test_id(f"message-{sent['message_id']}")
    shown.get_by_role("button", name="Play: GIF").click()
    page.locator("video").evaluate(UNTIL_IT_PLAYS)
    page.screenshot(path=artifacts / "page-gif.png")


def test_a_sticker_and_a_video_message_go_out_at_once(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    picture = scene((320, 320))
    files: list[tuple[str, FilePayload]] = [
        ("Sticker", {"name": "a.webp", "mimeType": "", "buffer": encode(picture, "WEBP")}),
        ("Video message", {"name": "b.mp4", "mimeType": "", "buffer": mp4([picture] * 5)}),
    ]
    for item, file in files:
        page.get_by_test_id("attach").click()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("menuitem", name=item).click()
        chooser.value.set_files(file)
        assert item.lower().replace(" message", "_note") in scripted_bot.next()
    expect(page.locator(".moving")).to_have_count(len(files))
