"""The chat page in a real browser: the sandbox goes away, or refuses what is sent."""

import pytest
from playwright.sync_api import FilePayload, expect

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.browser import BrowserPages
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import ALEX, SandboxClient
from tests.support.scripted_bot import ScriptedBot
from tests.support.waiting_bot import waiting_bot

pytestmark = pytest.mark.browser


def test_no_typed_text_is_lost_while_the_sandbox_is_gone(browser_page: BrowserPages) -> None:
    with SandboxServer() as server:
        page = browser_page(server.url)
        # The page must not connect again by itself just before the button is clicked.
        page.evaluate("window.setTimeout = () => 0")
    banner = page.get_by_test_id("offline")
    expect(banner).to_be_visible()
    page.get_by_test_id("composer").fill("typed in vain?")
    page.get_by_test_id("composer").press("Enter")
    expect(page.get_by_test_id("outgoing")).to_contain_text("The sandbox cannot be reached")
    page.get_by_test_id("composer").fill("a draft")

    with SandboxServer(port=server.port) as again, SandboxClient(again.url) as people:
        people.send_text("said meanwhile", user=ALEX)
        page.get_by_role("button", name="Try now").click()
        expect(page.locator("article", has_text="said meanwhile")).to_be_visible()
        expect(banner).to_be_hidden()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_test_id("outgoing")).to_have_count(0)
        expect(page.locator("article", has_text="typed in vain?")).to_be_visible()
        expect(page.get_by_test_id("composer")).to_have_value("a draft")
        people.send_text("live again", user=ALEX)
        expect(page.locator("article", has_text="live again")).to_be_visible()
        assert len(people.messages(ALEX)) == 3
        # The browser itself notes every connection that fails.
        browser_page.errors = [error for error in browser_page.errors if "ERR_" not in error]
        page.close()


def test_a_refused_photo_can_be_sent_as_a_file_instead(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    # Telegram takes no photo more than twenty times as long as wide.
    strip: FilePayload = {
        "name": "strip.jpg",
        "mimeType": "image/jpeg",
        "buffer": jpeg_bytes((1500, 10)),
    }
    page.get_by_test_id("file-input").set_input_files([strip])
    page.get_by_test_id("composer").fill("very wide")
    page.get_by_test_id("send").click()
    failed = page.get_by_test_id("outgoing")
    expect(failed).to_contain_text("strip.jpg cannot be sent as a photo")
    failed.get_by_role("button", name="Edit").click()
    expect(page.get_by_test_id("composer")).to_have_value("very wide")
    page.get_by_test_id("as-document").click()
    page.get_by_test_id("send").click()
    message = scripted_bot.next()
    assert (message["document"]["file_name"], message["caption"]) == ("strip.jpg", "very wide")
    expect(failed).to_have_count(0)
    browser_page.errors = [error for error in browser_page.errors if "422" not in error]


def test_a_file_that_only_looks_like_a_picture_is_sent_as_a_file(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    junk: FilePayload = {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    page.get_by_test_id("file-input").set_input_files([junk])
    expect(page.get_by_test_id("tray")).to_contain_text("1 file")
    page.get_by_test_id("send").click()
    assert scripted_bot.next()["document"]["file_name"] == "x.jpg"
    expect(page.locator(".file")).to_contain_text("JPG")


def test_too_long_a_message_is_reported_and_kept(
    chat_server: SandboxServer, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    composer = page.get_by_test_id("composer")
    composer.fill("x" * 4097)
    composer.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("A message holds 4096 characters")
    expect(composer).to_have_value("x" * 4097)
    composer.fill("x" * 4096)
    composer.press("Enter")
    expect(page.locator("article")).to_have_count(1)


def test_a_button_that_no_longer_exists_is_reported(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    people: SandboxClient,
    browser_page: BrowserPages,
) -> None:
    people.send_text("hi", user=ALEX)
    scripted_bot.say(ALEX, "Right?", keyboard=[["Yes"]])
    page = browser_page(chat_server.url)
    refusal = {"status": 404, "json": {"error": "That message has no such button."}}
    page.route("**/press", lambda route: route.fulfill(**refusal))
    page.locator("[data-callback=Yes]").click()
    expect(page.get_by_test_id("toast")).to_have_text("That message has no such button.")
    expect(page.locator("[data-callback=Yes]")).to_have_attribute("aria-busy", "false")
    browser_page.errors = [error for error in browser_page.errors if "404" not in error]


def test_the_page_says_that_no_bot_is_there_until_one_is(browser_page: BrowserPages) -> None:
    with SandboxServer(SandboxOptions(bot_timeout=0.1)) as server:
        page = browser_page(server.url)
        banner = page.get_by_test_id("no-bot")
        expect(banner).to_have_text("The bot has not started yet. What you send waits for it.")
        with waiting_bot(server):
            expect(banner).to_be_hidden()
        expect(banner).to_contain_text("The bot cannot be reached right now.")
        page.get_by_test_id("composer").fill("still there?")
        page.get_by_test_id("composer").press("Enter")
        expect(page.locator("article", has_text="still there?")).to_be_visible()
        with ScriptedBot(server.url, server.token) as bot:
            assert bot.next()["text"] == "still there?"
            expect(page.get_by_test_id("toast")).to_have_text("The bot is back.")
            expect(banner).to_be_visible()  # it did not come back for long
        page.close()
