"""The chat page in a real browser: phone and desktop, dark colours, the keyboard alone."""

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from bot.sandbox.server import SandboxServer
from tests.support.browser import BrowserPages
from tests.support.pictures import scene_bytes
from tests.support.sandbox_client import ALEX, ANNA, BEN, GROUP, SandboxClient
from tests.support.scripted_bot import ScriptedBot

pytestmark = pytest.mark.browser

OVERFLOWS: Final = """() => [document.documentElement, document.querySelector("#timeline")]
  .some((node) => node.scrollWidth > node.clientWidth)"""
LIGHTNESS: Final = """selector => {
  const shades = getComputedStyle(document.querySelector(selector)).backgroundColor.match(/\\d+/g);
  return shades.slice(0, 3).reduce((sum, shade) => sum + Number(shade), 0) / 3;
}"""
MAX_TABS: Final = 30
TOUCH_TARGET: Final = 40
"""Height in CSS pixels of what can be hit with a finger, and of one line in the message box."""


def tab_to(page: Page, *, label: str) -> None:
    """Press Tab until the element with this accessible name has the focus."""
    wanted = page.get_by_role("button", name=label, exact=True)
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"{label} is not reached with the Tab key")


def overlap(one: Locator, other: Locator) -> bool:
    """Return whether two elements cover each other in part."""
    a, b = one.bounding_box(), other.bounding_box()
    assert a is not None
    assert b is not None
    return (
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
    )


def fill_with_oddities(bot: ScriptedBot, people: SandboxClient, user: int) -> None:
    """Post what is hard to lay out."""
    people.send_text("W" * 400, user=user)
    people.send_text("https://example.org/" + "a-long-path/" * 30, user=user)
    people.send_text("مرحبا، كيف حالك اليوم؟", user=user)
    people.send_photo(scene_bytes((1900, 100)), "wide", user=user)
    people.send_photos([scene_bytes((400, 300))] * 10, "ten", user=user)
    people.send_document(scene_bytes(), "a name " * 20 + ".jpg", user=user)
    bot.say(user, "word " * 819)
    bot.say(
        user,
        "Which face is wrong?",
        keyboard=[[str(number) for number in range(1, 9)], ["A label " * 7, "Another"]],
        reply_parameters={"message_id": 1},
    )


def test_nothing_scrolls_sideways_on_a_phone(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    people: SandboxClient,
    browser_page: BrowserPages,
    artifacts: Path,
) -> None:
    fill_with_oddities(scripted_bot, people, ANNA)
    page = browser_page(f"{chat_server.url}/#{ANNA}/{ANNA}", phone=True)
    expect(page.locator("[data-callback='8']")).to_be_in_viewport()
    assert not page.evaluate(OVERFLOWS)
    page.screenshot(path=artifacts / "page-phone-light.png")


def test_a_phone_shows_the_chats_or_one_chat(
    chat_server: SandboxServer, people: SandboxClient, browser_page: BrowserPages
) -> None:
    people.send_text("Look at this", user=ANNA, chat=GROUP)
    page = browser_page(chat_server.url, phone=True)
    empty = page.locator(".empty")
    expect(empty.get_by_role("heading", name="Send a photo")).to_be_visible()
    expect(empty).to_contain_text("how happy or sad each one looks")
    expect(empty).not_to_contain_text(re.compile("drop|paste|feel", re.IGNORECASE))
    composer, chats = page.get_by_test_id("composer"), page.get_by_role("navigation", name="Chats")
    expect(composer).to_be_visible()
    expect(chats).to_be_hidden()
    page.get_by_role("button", name="Back to the chats").tap()
    expect(chats).to_be_visible()
    expect(composer).to_be_hidden()
    page.get_by_test_id(f"chat-{GROUP}").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Holiday photos")
    expect(composer).to_be_visible()
    assert composer.evaluate("node => node.offsetHeight") >= TOUCH_TARGET
    page.go_back()
    expect(chats).to_be_visible()
    people.send_text("And at this", user=ANNA, chat=GROUP)
    ben = page.get_by_test_id(f"user-{BEN}")
    expect(ben.locator(".dot")).to_be_visible()
    assert not overlap(ben.locator(".dot"), ben.locator(".user-name"))
    page.get_by_test_id(f"user-{ANNA}").tap()
    expect(page.get_by_test_id(f"chat-{ANNA}")).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_dark_colours_follow_the_system(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    people: SandboxClient,
    browser_page: BrowserPages,
    artifacts: Path,
    phone: bool,
) -> None:
    photo = people.send_photo(scene_bytes(faces=2), "Us two", user=ALEX)
    scripted_bot.say(
        ALEX,
        "😊 Happy, 97 % sure",
        keyboard=[["✅ Right", "❌ Wrong"]],
        reply_parameters={"message_id": photo["message_id"]},
    )
    light = browser_page(chat_server.url, phone=phone)
    dark = browser_page(chat_server.url, phone=phone, dark=True)
    for page in (light, dark):
        expect(page.get_by_role("button", name="✅ Right")).to_be_visible()
    for part in ("body", ".other .bubble"):
        assert light.evaluate(LIGHTNESS, part) > 200
        assert dark.evaluate(LIGHTNESS, part) < 60
    name = f"page-{'phone' if phone else 'desktop'}-dark.png"
    dark.screenshot(path=artifacts / name)


def test_everything_can_be_done_with_the_keyboard(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    composer = page.get_by_test_id("composer")
    expect(composer).to_be_focused()
    page.get_by_test_id("user-1000").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("user-1001")).to_have_attribute("aria-pressed", "true")
    expect(composer).to_be_focused()
    page.keyboard.type("hi")
    page.keyboard.press("Enter")
    assert scripted_bot.next()["from"]["id"] == ANNA

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Photos")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Files")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    picture: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": scene_bytes()}
    chooser.value.set_files([picture])
    expect(composer).to_be_focused()
    page.keyboard.press("Enter")
    assert "document" in scripted_bot.next()

    scripted_bot.say(ANNA, "Happy", keyboard=[["Right"]])
    expect(page.locator("[data-callback=Right]")).to_be_visible()
    page.get_by_test_id("user-1001").focus()
    tab_to(page, label="Right")
    page.keyboard.press("Enter")
    assert scripted_bot.next("callback_query")["data"] == "Right"


def test_typing_without_the_focus_goes_into_the_message_box(
    chat_server: SandboxServer, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    page.get_by_test_id("composer").blur()
    page.keyboard.type("hello")
    expect(page.get_by_test_id("composer")).to_have_value("hello")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_each_person_has_a_language(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    browser_page: BrowserPages,
    phone: bool,
) -> None:
    page = browser_page(f"{chat_server.url}/#{ALEX}/{ALEX}", phone=phone)
    menus = {"": "Say hello", "ru": "Сказать привет"}
    for code, description in menus.items():
        command = {"command": "start", "description": description}
        scripted_bot.call("setMyCommands", commands=[command], language_code=code)
    language, menu = page.get_by_test_id("language"), page.get_by_test_id("commands")
    # The arrow by which one knows a menu, since the select element itself is transparent.
    expect(page.locator(".language .icon")).to_be_visible()
    expect(language).to_have_value("en")
    language.select_option("Русский")
    expect(page.locator("#language-code")).to_have_text("ru")
    page.get_by_test_id("commands-button").click()
    expect(menu.get_by_role("option")).to_contain_text("Сказать привет")
    menu.get_by_role("option").click()
    assert scripted_bot.next()["from"]["language_code"] == "ru"
    page.get_by_test_id(f"user-{ANNA}").click()
    expect(language).to_have_value("en")
    page.get_by_test_id("composer").fill("hi")
    page.get_by_test_id("send").click()
    assert scripted_bot.next()["from"]["language_code"] == "en"
    assert not page.evaluate(OVERFLOWS)
