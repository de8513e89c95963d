"""The chat page in a real browser: what axe-core finds in its states, sizes and colours."""

from typing import Final

import pytest
from playwright.sync_api import FilePayload, Page, ViewportSize, expect

from bot.sandbox.server import SandboxServer
from tests.support.accessibility import violations
from tests.support.browser import BrowserPages
from tests.support.clips import gif, mp4
from tests.support.pictures import encode, png_bytes, scene, scene_bytes
from tests.support.sandbox_client import ALEX, ANNA, BEN, GROUP, SandboxClient
from tests.support.scripted_bot import ScriptedBot

pytestmark = pytest.mark.browser

SMALLEST: Final[ViewportSize] = {"width": 320, "height": 568}
SIZES: Final[tuple[ViewportSize, ...]] = (
    SMALLEST,
    {"width": 720, "height": 500},
    {"width": 3840, "height": 2160},
)
TOO_WIDE: Final = """() => [
  ...document.querySelectorAll("html, .users, .user-name, .chat, #timeline")]
  .filter((node) => node.scrollWidth > node.clientWidth)
  .map((node) => `too wide: ${node.outerHTML.slice(0, 200)}`)"""
FORMATTED: Final = (
    "😊 <b>Happy</b>, <i>97 %</i> <code>x</code> <pre>a\n  b</pre> <a href='https://e.org'>link</a>"
    " <tg-spoiler>secret</tg-spoiler> /help @anna <blockquote>quoted</blockquote>"
)
CLIP: Final = [scene((320, 320)), scene((320, 320), happy=False)] * 3
FILES: Final[list[FilePayload]] = [
    {"name": "a.png", "mimeType": "image/png", "buffer": png_bytes((50, 40))},
    {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"notes"},
]


class Checks:
    """Checks of a page in several states, and what they found.

    Args:
        page: the page, which each check resizes.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self.problems: list[str] = []

    def __call__(self, state: str, *sizes: ViewportSize) -> None:
        """Check the page as it is now, in some sizes; in the smallest one if none is given."""
        for size in sizes or (SMALLEST,):
            self._page.set_viewport_size(size)
            found = [*violations(self._page), *self._page.evaluate(TOO_WIDE)]
            self.problems += [f"{state}, {size['width']} px: {problem}" for problem in found]


def fill(bot: ScriptedBot, people: SandboxClient) -> None:
    """Post one of each kind of message to Alex, and something to read to everybody else."""
    photo = people.send_photo(scene_bytes(faces=2), "Us two", user=ALEX)
    people.send_photos([scene_bytes()] * 3, "three", user=ALEX)
    bot.call(
        "sendPhoto",
        files={"photo": scene_bytes()},
        chat_id=ALEX,
        has_spoiler=True,
        protect_content=True,
    )
    people.send_document(FILES[0]["buffer"], user=ALEX)
    people.send_document(FILES[1]["buffer"], "notes.txt", user=ALEX)
    people.send_file("photo", gif(CLIP), "dance.gif", "a GIF", user=ALEX, has_spoiler=True)
    people.send_file("photo", mp4(CLIP, sound=True), "clip.mp4", user=ALEX)
    people.send_file("video_note", mp4(CLIP), "note.mp4", user=ALEX)
    people.send_file("sticker", encode(CLIP[0], "WEBP"), "still.webp", user=ALEX)
    bot.say(
        ALEX,
        FORMATTED,
        parse_mode="HTML",
        keyboard=[[str(number) for number in range(1, 7)], ["👍 Right", "Why?"]],
        reply_parameters={"message_id": photo["message_id"]},
    )
    for user in (ANNA, BEN):
        people.send_text("hello", user=user)
        bot.say(user, "Hello!")
    people.send_text("in the group", user=BEN, chat=GROUP)


def open_popups(page: Page, bot: ScriptedBot, check: Checks) -> None:
    """Check what opens over a chat."""
    page.get_by_test_id("commands-button").click()
    commands = page.get_by_test_id("commands")
    expect(commands).to_contain_text("no commands")
    check("no commands")
    names = ("start", "help")
    menu = [{"command": name, "description": "A description " * 5} for name in names]
    bot.call("setMyCommands", commands=menu)
    expect(commands.get_by_role("option")).to_have_count(len(names))
    page.keyboard.press("ArrowDown")
    check("commands")
    page.get_by_test_id("attach").click()
    check("attach menu")
    page.keyboard.press("Escape")
    page.locator(".tile").first.click()
    check("lightbox")
    page.keyboard.press("Escape")
    for shown in ("toast", "alert"):
        page.locator("[data-callback='Why?']").click()
        query = bot.next("callback_query")["id"]
        bot.call(
            "answerCallbackQuery", callback_query_id=query, text="!", show_alert=shown == "alert"
        )
        expect(page.get_by_test_id(shown)).to_be_visible()
        check(shown)
    page.get_by_role("button", name="OK").click()


def fill_composer(page: Page) -> None:
    """Fail to send a text, then answer a message with files and too long a caption."""
    page.route("**/text", lambda route: route.fulfill(status=409, json={"error": "Not now."}))
    page.get_by_test_id("composer").fill("refused")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("outgoing")).to_contain_text("Not sent")
    page.get_by_role("button", name="Reply to Photo mood").last.click()
    page.get_by_test_id("file-input").set_input_files(FILES)
    page.get_by_test_id("composer").fill("x" * 1025)
    page.get_by_test_id("send").click()
    expect(page.locator("#note")).to_be_visible()


def drag_a_file(page: Page) -> None:
    """Drag a file over the chat."""
    transfer = page.evaluate_handle("() => new DataTransfer()")
    transfer.evaluate("it => it.items.add(new File(['x'], 'x.png'))")
    page.locator("#timeline").dispatch_event("dragenter", {"dataTransfer": transfer})
    expect(page.get_by_test_id("drop-photos")).to_be_visible()


def test_axe_finds_nothing(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    people: SandboxClient,
    browser_page: BrowserPages,
) -> None:
    page = browser_page(f"{chat_server.url}/#{ALEX}/{ALEX}")
    check = Checks(page)
    expect(page.get_by_test_id("no-bot")).to_be_visible()
    check("an empty chat without a bot")
    fill(scripted_bot, people)
    expect(page.locator(".dot")).to_have_count(2)
    open_popups(page, scripted_bot, check)
    fill_composer(page)
    scripted_bot.call("sendChatAction", chat_id=ALEX, action="typing")
    expect(page.get_by_test_id("typing")).to_be_visible()
    check("everything at once", *SIZES)

    page.set_viewport_size(SMALLEST)
    page.get_by_role("button", name="Back to the chats").click()
    check("a phone's list of chats")
    page.get_by_test_id(f"chat-{GROUP}").click()
    check("the group")
    drag_a_file(page)
    check("drop zones")
    chat_server.stop()
    expect(page.get_by_test_id("offline")).to_be_visible()
    check("without the sandbox")
    assert check.problems == []
    expected = ("409", "ERR_")
    browser_page.errors = [
        error for error in browser_page.errors if not any(part in error for part in expected)
    ]
