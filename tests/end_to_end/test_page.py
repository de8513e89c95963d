"""The chat page in a real browser: talking, buttons, commands, and who sees what."""

import re
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from bot.sandbox.server import SandboxServer
from tests.support.browser import BrowserPages
from tests.support.conversation import MOOD
from tests.support.sandbox_client import ALEX, ANNA, BEN, GROUP, SandboxClient
from tests.support.scripted_bot import Json, ScriptedBot, markup

pytestmark = pytest.mark.browser

MANY: Final = 30


def at(server: SandboxServer, user: int, chat: int | None = None) -> str:
    """Return the page's address for a user in a chat."""
    return f"{server.url}/#{user}/{chat or user}"


def bubble(page: Page, message: Json) -> Locator:
    """Return the locator of a message."""
    return page.get_by_test_id(f"message-{message['message_id']}")


def write(page: Page, text: str) -> None:
    """Type a message and send it."""
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")


def scroll_to_start(page: Page) -> None:
    """Scroll to the oldest message, and wait until the page has noticed."""
    page.locator("#timeline").evaluate("node => node.scrollTo(0, 0)")
    expect(page.get_by_test_id("new-messages")).to_be_visible()


def test_text_goes_to_the_bot_and_the_answer_comes_back(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    write(page, "Hello, bot")
    message = scripted_bot.next()
    answer = scripted_bot.say(ALEX, "Hello, Alex", reply_parameters={"message_id": 1})
    assert (message["text"], message["from"]["id"]) == ("Hello, bot", ALEX)
    expect(bubble(page, message)).to_have_attribute("data-from", "user")
    expect(bubble(page, answer)).to_have_attribute("data-from", "bot")
    expect(bubble(page, answer)).to_contain_text("Hello, Alex")
    expect(page.locator("#announcer")).to_contain_text("Photo mood: Hello, Alex")
    expect(page.get_by_test_id("composer")).to_have_value("")


def test_shift_and_enter_begins_a_line_and_enter_sends(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    composer = browser_page(chat_server.url).get_by_test_id("composer")
    composer.press_sequentially("one")
    composer.press("Shift+Enter")
    composer.press_sequentially("two")
    composer.press("Enter")
    assert scripted_bot.next()["text"] == "one\ntwo"


def test_a_button_is_busy_until_the_bot_answers_with_a_toast_or_an_alert(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    people: SandboxClient,
    browser_page: BrowserPages,
) -> None:
    people.send_text("hi", user=ALEX)
    scripted_bot.say(ALEX, "😊 Happy, 97 % sure", keyboard=[["Right", "Wrong"]])
    page = browser_page(chat_server.url)
    right, wrong = (page.locator(f"[data-callback={label}]") for label in ("Right", "Wrong"))

    right.click()
    expect(right).to_have_attribute("aria-busy", "true")
    query = scripted_bot.next("callback_query")
    assert (query["data"], query["from"]["id"]) == ("Right", ALEX)
    scripted_bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Thank you")
    expect(page.get_by_test_id("toast")).to_have_text("Thank you")
    expect(right).to_have_attribute("aria-busy", "false")

    wrong.click()
    query = scripted_bot.next("callback_query")
    scripted_bot.call(
        "answerCallbackQuery", callback_query_id=query["id"], text="Not you", show_alert=True
    )
    expect(page.get_by_test_id("alert")).to_contain_text("Not you")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("alert")).to_be_hidden()


def test_an_edit_shows_at_once_is_marked_and_leaves_the_focus_on_the_button(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    people: SandboxClient,
    browser_page: BrowserPages,
) -> None:
    people.send_text("hi", user=ALEX)
    message = scripted_bot.say(ALEX, "First", keyboard=[["Again"]])
    page = browser_page(chat_server.url)
    page.locator("[data-callback=Again]").focus()
    scripted_bot.call(
        "editMessageText",
        chat_id=ALEX,
        message_id=message["message_id"],
        text="Second",
        reply_markup=markup([["Again"]]),
    )
    expect(bubble(page, message)).to_contain_text("Second")
    expect(bubble(page, message)).to_contain_text("edited")
    expect(page.locator("[data-callback=Again]")).to_be_focused()
    scripted_bot.call("deleteMessage", chat_id=ALEX, message_id=message["message_id"])
    expect(bubble(page, message)).to_have_count(0)


def test_typing_shows_until_the_message_comes(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    people: SandboxClient,
    browser_page: BrowserPages,
) -> None:
    people.send_text("hi", user=ALEX)
    page = browser_page(chat_server.url)
    typing = page.get_by_test_id("typing")
    scripted_bot.call("sendChatAction", chat_id=ALEX, action="typing")
    expect(typing).to_be_visible()
    expect(page.locator("#chat-subtitle")).to_have_text("is typing…")
    scripted_bot.say(ALEX, "done")
    expect(typing).to_have_count(0)


def test_everyone_has_a_chat_of_their_own_and_the_choice_survives_a_reload(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    write(page, "a secret of Alex")
    message = scripted_bot.next()
    page.get_by_test_id("composer").fill("half a sen")
    page.get_by_test_id("user-1001").click()
    expect(page.get_by_test_id("user-1001")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("heading", name="Drop a photo here")).to_be_visible()
    expect(bubble(page, message)).to_have_count(0)
    expect(page.get_by_test_id("composer")).to_have_value("")
    scripted_bot.say(ALEX, "for Alex alone")
    expect(page.get_by_test_id("user-1000")).to_have_accessible_name("Alex admin 1 unread message")
    page.reload()
    expect(page.get_by_test_id("user-1001")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id(f"chat-{ANNA}")).to_have_attribute("aria-current", "true")
    expect(page.get_by_test_id(f"chat-{ALEX}")).to_have_count(0)
    page.get_by_test_id("user-1000").click()
    expect(bubble(page, message)).to_contain_text("a secret of Alex")
    expect(page.get_by_test_id("composer")).to_have_value("half a sen")


def test_everyone_in_the_group_sees_it_live_with_names_and_quotes(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    anna = browser_page(at(chat_server, ANNA, GROUP))
    ben = browser_page(at(chat_server, BEN))
    write(anna, f"{MOOD} of us all?")
    message = scripted_bot.next()
    expect(ben.get_by_test_id(f"chat-{GROUP}")).to_contain_text(f"Anna: {MOOD} of us all?")
    expect(ben.get_by_test_id(f"chat-{GROUP}").locator(".badge")).to_contain_text("1")
    ben.get_by_test_id(f"chat-{GROUP}").click()
    expect(bubble(ben, message).locator(".sender")).to_have_text("Anna")
    expect(bubble(anna, message).locator(".sender")).to_have_count(0)

    bubble(ben, message).hover()
    ben.get_by_role("button", name="Reply to Anna").click()
    write(ben, "Fine!")
    quote = anna.locator(".quote")
    expect(quote).to_contain_text("Anna")
    quote.click()
    expect(bubble(anna, message)).to_be_focused()


def test_commands_come_from_the_menu_or_by_typing(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    menu, composer = page.get_by_test_id("commands"), page.get_by_test_id("composer")
    names = ("start", "help", "stats")
    scripted_bot.call(
        "setMyCommands", commands=[{"command": name, "description": name} for name in names]
    )
    composer.press_sequentially("/")
    expect(menu.get_by_role("option")).to_have_count(3)
    composer.press_sequentially("st")
    expect(menu.get_by_role("option")).to_have_count(2)
    composer.press("ArrowDown")
    composer.press("ArrowDown")
    composer.press("Enter")
    assert scripted_bot.next()["text"] == "/stats"
    # Without a choice from the list, Enter sends what was typed.
    write(page, "/st")
    assert scripted_bot.next()["text"] == "/st"
    page.get_by_test_id("commands-button").click()
    menu.get_by_role("option", name="/help").click()
    assert scripted_bot.next()["text"] == "/help"
    expect(menu).to_be_hidden()
    scripted_bot.say(ALEX, "Try /start")
    page.get_by_role("button", name="/start").last.click()
    assert scripted_bot.next()["text"] == "/start"


def test_text_is_never_interpreted_as_html_and_entities_are_shown(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    people: SandboxClient,
    browser_page: BrowserPages,
) -> None:
    nasty = "<img src=x onerror=alert(1)> & <b>not bold</b>"
    own = people.send_text(nasty, user=ALEX)
    page = browser_page(chat_server.url)
    expect(bubble(page, own)).to_contain_text(nasty)
    message = scripted_bot.say(
        ALEX,
        "😊 <b>bold <i>both</i></b> <code>x &lt; y</code> <pre>a\n  b</pre>"
        ' <a href="https://example.org/?a=1">link</a> <tg-spoiler>secret</tg-spoiler>',
        parse_mode="HTML",
    )
    text = bubble(page, message)
    expect(text.locator("strong")).to_have_text("bold both")
    expect(text.locator("strong em")).to_have_text("both")
    expect(text.locator("code").first).to_have_text("x < y")
    expect(text.locator("pre")).to_have_text("a\n  b")
    expect(text.get_by_role("link")).to_have_attribute("href", "https://example.org/?a=1")
    expect(text.get_by_role("link")).to_have_attribute("rel", re.compile("noopener"))
    last = page.get_by_test_id(f"chat-{ALEX}")
    expect(last).to_contain_text("bold both")
    expect(last).not_to_contain_text("secret")


def test_new_messages_do_not_scroll_older_ones_away(
    chat_server: SandboxServer, people: SandboxClient, browser_page: BrowserPages
) -> None:
    for number in range(MANY):
        people.send_text(f"line {number}", user=ANNA, chat=GROUP)
    page = browser_page(at(chat_server, ALEX, GROUP))
    newer = page.get_by_test_id("new-messages")
    expect(page.locator("article", has_text=f"line {MANY - 1}")).to_be_in_viewport()
    scroll_to_start(page)
    people.send_text("something new", user=BEN, chat=GROUP)
    expect(newer).to_have_text("1 new message")
    expect(page.locator("article", has_text="line 0")).to_be_in_viewport()
    newer.click()
    expect(page.locator("article", has_text="something new")).to_be_in_viewport()
    expect(newer).to_be_hidden()
    people.send_text("and another", user=BEN, chat=GROUP)
    expect(page.locator("article", has_text="and another")).to_be_in_viewport()


def test_what_is_slow_or_fails_to_go_out_does_not_scroll_a_reader_away(
    chat_server: SandboxServer, people: SandboxClient, browser_page: BrowserPages
) -> None:
    for number in range(MANY):
        people.send_text(f"line {number}", user=ANNA, chat=GROUP)
    page = browser_page(at(chat_server, ALEX, GROUP))
    held: list[Route] = []
    page.route("**/text", lambda route: held.append(route))
    outgoing, oldest = page.get_by_test_id("outgoing"), page.locator("article", has_text="line 0")
    with page.expect_request("**/text"):
        write(page, "on its way")
    expect(outgoing).to_be_in_viewport()
    scroll_to_start(page)
    expect(oldest).to_be_in_viewport()
    held.pop().continue_()
    expect(outgoing).to_have_count(0)
    expect(oldest).to_be_in_viewport()

    with page.expect_request("**/text"):
        write(page, "refused")
    expect(outgoing).to_be_in_viewport()
    scroll_to_start(page)
    held.pop().fulfill(status=409, json={"error": "Not now."})
    expect(outgoing).to_contain_text("Not sent: Not now.")
    people.send_text("something new", user=BEN, chat=GROUP)
    expect(page.get_by_test_id("new-messages")).to_have_text("1 new message")
    expect(oldest).to_be_in_viewport()
    browser_page.errors = [error for error in browser_page.errors if "409" not in error]
